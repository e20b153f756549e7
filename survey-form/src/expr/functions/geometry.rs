//! Places: points as ODK writes them, on a sphere of the Earth's radius at the equator.

use super::Call;
use crate::expr::evaluate::{Evaluated, EvaluationFault};
use crate::expr::function::Function;
use crate::expr::value::Value;

const EARTH_RADIUS_M: f64 = 6_378_100.0;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    latitude: f64,
    longitude: f64,
}

impl<'a> Call<'_, 'a> {
    pub(super) fn of_places(&self, function: Function) -> Evaluated<'a> {
        if function == Function::Geofence {
            let point = points(&self.text(0)?);
            let fence = points(&self.text(1)?);
            let inside = match (point.as_deref(), fence.as_deref()) {
                (Some([point]), Some(fence)) => is_inside(*point, fence),
                _ => false,
            };
            return Ok(Value::Bool(inside));
        }
        let Some(points) = self.all_points()? else {
            let nothing =
                if function == Function::Intersects { Value::Bool(false) } else { Value::Number(f64::NAN) };
            return Ok(nothing);
        };
        self.at.step((points.len() * points.len()) as u64 / 16)?;
        Ok(match function {
            Function::Area => Value::Number(to_centimetres(area(&points))),
            Function::Distance => Value::Number(to_centimetres(distance(&points))),
            _ => Value::Bool(intersects(&points)),
        })
    }

    /// The points of all arguments in order; `None` where one is no point. Empty ones are left out.
    fn all_points(&self) -> Result<Option<Vec<Point>>, EvaluationFault> {
        let mut all = Vec::new();
        for value in self.flat_from(0)?.iter().filter(|value| !value.is_empty()) {
            match points(&value.text()) {
                Some(mut found) => all.append(&mut found),
                None => return Ok(None),
            }
        }
        Ok(Some(all))
    }
}

/// `latitude longitude altitude accuracy`, one or several with `;` between.
fn points(text: &str) -> Option<Vec<Point>> {
    text.split(';').map(str::trim).filter(|point| !point.is_empty()).map(point).collect()
}

fn point(text: &str) -> Option<Point> {
    let mut numbers = text.split_whitespace().map(light::read_number);
    let (latitude, longitude) = (numbers.next()??, numbers.next()??);
    let exists = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    exists.then_some(Point { latitude, longitude })
}

/// The area within the line through `points`, closed, in square metres.
fn area(points: &[Point]) -> f64 {
    if points.len() < 3 {
        return 0.0;
    }
    let ends = points.iter().skip(1).chain(points.first());
    let sum: f64 = points
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            let across = (end.longitude - start.longitude).to_radians();
            across * (2.0 + libm::sin(end.latitude.to_radians()) + libm::sin(start.latitude.to_radians()))
        })
        .sum();
    (sum * EARTH_RADIUS_M * EARTH_RADIUS_M / 2.0).abs()
}

/// The length of the line through `points`, in metres.
fn distance(points: &[Point]) -> f64 {
    points.windows(2).map(|pair| between(pair[0], pair[1])).sum()
}

/// By the spherical law of cosines.
fn between(start: Point, end: Point) -> f64 {
    let across = (start.longitude - end.longitude).to_radians();
    let (from, to) = (start.latitude.to_radians(), end.latitude.to_radians());
    let cosine = libm::sin(from) * libm::sin(to) + libm::cos(from) * libm::cos(to) * libm::cos(across);
    libm::acos(cosine.clamp(-1.0, 1.0)) * EARTH_RADIUS_M
}

fn to_centimetres(metres: f64) -> f64 {
    (metres * 100.0).round() / 100.0
}

/// Whether a ray from `point` crosses the closed line `fence` an odd number of times. A fence that does
/// not end where it begins encloses nothing.
fn is_inside(point: Point, fence: &[Point]) -> bool {
    if fence.len() < 2 || fence.first() != fence.last() {
        return false;
    }
    let crossed = fence.windows(2).filter(|pair| {
        let (start, end) = (pair[0], pair[1]);
        let spans = (end.latitude > point.latitude) != (start.latitude > point.latitude);
        let slope = (start.longitude - end.longitude) / (start.latitude - end.latitude);
        spans && point.longitude < slope * (point.latitude - end.latitude) + end.longitude
    });
    crossed.count() % 2 == 1
}

/// Whether two segments of the line through `points` meet that do not follow each other.
fn intersects(points: &[Point]) -> bool {
    let segments: Vec<&[Point]> = points.windows(2).collect();
    let closes = points.len() > 2 && points.first() == points.last();
    (0..segments.len()).any(|first| {
        (first + 2..segments.len()).any(|second| {
            let share_end = closes && first == 0 && second == segments.len() - 1;
            !share_end && meet(segments[first], segments[second])
        })
    })
}

fn meet(first: &[Point], second: &[Point]) -> bool {
    let side = |line: &[Point], point: Point| {
        (line[1].longitude - line[0].longitude) * (point.latitude - line[0].latitude)
            - (line[1].latitude - line[0].latitude) * (point.longitude - line[0].longitude)
    };
    let within = |line: &[Point], point: Point| {
        let between = |a: f64, b: f64, x: f64| x >= a.min(b) && x <= a.max(b);
        between(line[0].longitude, line[1].longitude, point.longitude)
            && between(line[0].latitude, line[1].latitude, point.latitude)
    };
    let (a, b) = (side(second, first[0]), side(second, first[1]));
    let (c, d) = (side(first, second[0]), side(first, second[1]));
    let crosses = a * b < 0.0 && c * d < 0.0;
    let touches =
        [(a, second, first[0]), (b, second, first[1]), (c, first, second[0]), (d, first, second[1])];
    crosses || touches.into_iter().any(|(side, line, point)| side == 0.0 && within(line, point))
}
