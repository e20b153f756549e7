//! The villages as bubbles where their middles are, and what the bubbles say as a table.

use maud::{Markup, html};

use super::chart::at;
use super::show::shown;
use super::{MapPoint, Middle};
use crate::planning::annex::Cell;
use crate::planning::told::{Language, Told};

/// Of the drawing, in its own units.
const WIDTH: f64 = 700.0;
const HEIGHT_MAX: f64 = 460.0;
/// Of the largest bubble; half of it is also the room around the outermost ones.
const RADIUS_MAX: f64 = 34.0;
/// Of the smallest: it has to hold its number.
const RADIUS_MIN: f64 = 13.0;
/// Kilometres to a degree of latitude.
const KM_PER_DEGREE: f64 = 111.2;

/// Where things are drawn: north above, as far across as down.
struct Sheet {
    west: f64,
    north: f64,
    /// Units to a kilometre.
    scale: f64,
    /// Kilometres to a degree of longitude here.
    km_across: f64,
    /// What is left on the left side, so that it lies in the middle.
    left: f64,
    height: f64,
}

/// The map and its table; nothing where no middle is known.
pub(super) fn map(points: &[MapPoint], language: Language) -> Markup {
    let known =
        |point: &MapPoint| point.middle.filter(|middle| middle.lat.is_finite() && middle.lon.is_finite());
    let middles: Vec<Middle> = points.iter().filter_map(known).collect();
    let Some(sheet) = Sheet::around(&middles) else { return html! {} };
    let most = points.iter().map(|point| count(&point.households)).max().unwrap_or(0).max(1);
    let radius = |cell: &Cell| RADIUS_MAX * (f64::from(count(cell)) / f64::from(most)).sqrt();
    let words = |th, en| Told::new(th, en).words(language).to_owned();
    let title = words("แผนที่หมู่บ้าน: ครัวเรือนที่ประเมิน และที่ขาดแคลน", "Villages: households assessed, and deprived");
    html! {
        section id="map" {
            h2 { (title) }
            figure {
                svg viewBox=(format!("0 0 {WIDTH} {:.0}", sheet.height)) role="img" aria-labelledby="map-t map-d" {
                    title id="map-t" { (title) }
                    desc id="map-d" { (words("ตัวเลขอยู่ในตารางถัดไป", "The table below has the figures")) }
                    @for point in points {
                        @if let Some(middle) = known(point) {
                            @let (x, y) = sheet.place(middle);
                            @let outer = radius(&point.households).max(RADIUS_MIN);
                            circle cx=(at(x)) cy=(at(y)) r=(at(outer)) fill="#9fc5d8" stroke="#0b4f6c" {}
                            @if let Cell::Count(_) = point.poor {
                                circle cx=(at(x)) cy=(at(y)) r=(at(radius(&point.poor))) fill="#e3b04b" stroke="#8a4300" {}
                            }
                            text x=(at(x)) y=(at(y + 4.5)) text-anchor="middle" { (moo(point)) }
                        }
                    }
                    (sheet.scale_bar(language))
                }
                figcaption {
                    span { svg class="key" viewBox="0 0 10 10" aria-hidden="true" { circle cx="5" cy="5" r="5" fill="#9fc5d8" {} } (words("พื้นที่วงกลม: ครัวเรือนที่ประเมิน", "Area of a circle: households assessed")) }
                    span { svg class="key" viewBox="0 0 10 10" aria-hidden="true" { circle cx="5" cy="5" r="5" fill="#e3b04b" {} } (words("วงใน: ขาดแคลนอย่างน้อยหนึ่งมิติ", "Inner circle: deprived in a dimension")) }
                    span { (words("ตัวเลขคือหมู่ที่", "The number is the village's")) }
                }
            }
            table class="short" {
                thead { tr {
                    th scope="col" { (words("หมู่บ้าน", "Village")) }
                    th scope="col" { (words("ครัวเรือนที่ประเมิน", "Households assessed")) }
                    th scope="col" { (words("ขาดแคลนอย่างน้อยหนึ่งมิติ", "Deprived in a dimension")) }
                } }
                tbody { @for point in points {
                    tr { th scope="row" { (point.name.words(language)) } td { (shown(&point.households, language)) } td { (shown(&point.poor, language)) } }
                } }
            }
        }
    }
}

impl Sheet {
    /// As large as will do for all of them.
    fn around(middles: &[Middle]) -> Option<Self> {
        let first = middles.first()?;
        let of = |read: fn(&Middle) -> f64| {
            let start = (read(first), read(first));
            middles.iter().map(read).fold(start, |(least, most), one| (least.min(one), most.max(one)))
        };
        let ((south, north), (west, east)) = (of(|middle| middle.lat), of(|middle| middle.lon));
        let km_across = KM_PER_DEGREE * ((south + north) / 2.0).to_radians().cos();
        let (wide, high) = ((east - west) * km_across, (north - south) * KM_PER_DEGREE);
        let room = 2.0 * RADIUS_MAX + 8.0;
        let fits = |units: f64, km: f64| units / km.max(0.5);
        let scale = fits(WIDTH - room, wide).min(fits(HEIGHT_MAX - room - 30.0, high));
        let left = (WIDTH - wide * scale) / 2.0;
        Some(Self { west, north, scale, km_across, left, height: high * scale + room + 30.0 })
    }

    fn place(&self, middle: Middle) -> (f64, f64) {
        let right = (middle.lon - self.west) * self.km_across * self.scale;
        let down = (self.north - middle.lat) * KM_PER_DEGREE * self.scale;
        (self.left + right, RADIUS_MAX + 4.0 + down)
    }

    /// The longest round length that is no wider than a quarter of the drawing.
    fn scale_bar(&self, language: Language) -> Markup {
        let lengths = [50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1];
        let km = lengths.into_iter().find(|km| km * self.scale <= WIDTH / 4.0).unwrap_or(0.1);
        let (y, end) = (self.height - 8.0, 10.0 + km * self.scale);
        let unit = Told::new("กม.", "km");
        html! {
            line x1="10" x2=(at(end)) y1=(at(y)) y2=(at(y)) stroke="#1a1a1a" stroke-width="2" {}
            text x=(at(end + 8.0)) y=(at(y + 4.0)) { (km) " " (unit.words(language)) }
            text x=(at(WIDTH - 10.0)) y=(at(y + 4.0)) text-anchor="end" { (Told::new("ทิศเหนืออยู่ด้านบน", "North is above").words(language)) }
        }
    }
}

/// The number of the village in its tambon: the last two digits of its code.
fn moo(point: &MapPoint) -> &str {
    let digits = point.code.len().saturating_sub(2);
    point.code.get(digits..).map_or("", |moo| moo.trim_start_matches('0'))
}

fn count(cell: &Cell) -> u32 {
    if let Cell::Count(count) = cell { *count } else { 0 }
}
