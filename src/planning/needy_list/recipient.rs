//! To whom a needy list may be handed over: those that a household can agree to, each by its own consent.

use serde::{Deserialize, Serialize};

use crate::planning::told::Told;

/// Who acts by a list. The names are those of the choices of `consent_scopes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// The community welfare fund.
    WelfareFund,
    /// The council of community organisations.
    TambonCouncil,
    /// The local authority.
    Lao,
    /// The ministry's office in the province.
    Msdhs,
    /// The Community Organizations Development Institute.
    Codi,
}

impl Recipient {
    /// All five.
    pub const ALL: [Self; 5] = [Self::WelfareFund, Self::TambonCouncil, Self::Lao, Self::Msdhs, Self::Codi];

    /// Its name in data, and in `consent_scopes`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WelfareFund => "welfare_fund",
            Self::TambonCouncil => "tambon_council",
            Self::Lao => "lao",
            Self::Msdhs => "msdhs",
            Self::Codi => "codi",
        }
    }

    /// What it is called.
    #[must_use]
    pub fn told(self) -> Told {
        let (th, en) = match self {
            Self::WelfareFund => ("กองทุนสวัสดิการชุมชน", "the community welfare fund"),
            Self::TambonCouncil => ("สภาองค์กรชุมชนตำบล", "the council of community organisations"),
            Self::Lao => ("อบต./เทศบาล", "the local authority"),
            Self::Msdhs => ("พม. จังหวัด (พมจ.)", "the provincial office of the MSDHS"),
            Self::Codi => ("พอช.", "CODI"),
        };
        Told::new(th, en)
    }
}
