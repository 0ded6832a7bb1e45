#!/usr/bin/env python3
"""Writes data/nanp_area_codes.json and data/calling_codes.json from the PyPI package `phonenumbers` (Apache-2.0).

Owns: which place an area code or a calling code stands for. The same package version always gives the same bytes.
Must never: guess. An area code without a state in the package's data is given to its country as a whole, and one
that the package does not know is left out; the engine takes both as strictly as it can.

usage: python3 -m venv venv && venv/bin/pip install phonenumbers==9.0.43 regex
       venv/bin/python scripts/data/area_codes.py [--check]
Exit status: 0 written (or unchanged with --check), 1 --check found a difference.
"""

import json
import pathlib
import sys

import phonenumbers
import regex
from phonenumbers import PhoneMetadata, PhoneNumberType
from phonenumbers.geodata import GEOCODE_DATA

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"

# Deepest prefix of the national number that may tell a territory from the country it shares a calling code with.
DEEPEST_PREFIX_DIGITS = 5

# ISO 3166-2 codes of the names in libphonenumber's English geocoding data.
US_STATES = dict(
    line.split("=")
    for line in """Alabama=AL Alaska=AK Arizona=AZ Arkansas=AR California=CA Colorado=CO Connecticut=CT Delaware=DE
    Florida=FL Georgia=GA Hawaii=HI Idaho=ID Illinois=IL Indiana=IN Iowa=IA Kansas=KS Kentucky=KY Louisiana=LA Maine=ME
    Maryland=MD Massachusetts=MA Michigan=MI Minnesota=MN Mississippi=MS Missouri=MO Montana=MT Nebraska=NE Nevada=NV
    New_Hampshire=NH New_Jersey=NJ New_Mexico=NM New_York=NY North_Carolina=NC North_Dakota=ND Ohio=OH Oklahoma=OK
    Oregon=OR Pennsylvania=PA Rhode_Island=RI South_Carolina=SC South_Dakota=SD Tennessee=TN Texas=TX Utah=UT Vermont=VT
    Virginia=VA Washington_State=WA Washington=WA West_Virginia=WV Wisconsin=WI Wyoming=WY Washington_D.C.=DC
    District_of_Columbia=DC""".replace("\n", " ").split()
)
# "British Colombia" is how the package spells it in one label.
CA_PROVINCES = dict(
    line.split("=")
    for line in """Alberta=AB British_Columbia=BC British_Colombia=BC Manitoba=MB New_Brunswick=NB Newfoundland=NL
    Newfoundland_and_Labrador=NL Northwest_Territories=NT Nova_Scotia=NS Nunavut=NU Ontario=ON Prince_Edward_Island=PE
    Quebec=QC Québec=QC Saskatchewan=SK Yukon=YT Yukon_Territory=YT""".replace("\n", " ").split()
)
# Territories with an ISO 3166-1 code of their own that the law table knows as subdivisions of the United States.
US_TERRITORIES = {"PR", "VI", "GU", "MP", "AS"}


def subdivisions(label, country):
    """The subdivisions a label names: a state's name, several joined by a slash, or 'City, XX'."""
    names, abbreviations = (US_STATES, set(US_STATES.values())) if country == "US" else (CA_PROVINCES, set(CA_PROVINCES.values()))
    found = set()
    for part in label.replace(" and ", "/").split("/") if label.replace(" ", "_") not in names else [label]:
        part = part.strip()
        if part.replace(" ", "_") in names:
            found.add(names[part.replace(" ", "_")])
            continue
        tail = part.rsplit(",", 1)[-1].strip()
        if tail in abbreviations:
            found.add(tail)
        elif tail.replace(" ", "_") in names:
            found.add(names[tail.replace(" ", "_")])
    return {f"{country}-{code}" for code in found}


def geocoding(calling_code):
    """All labels under a calling code: prefix -> English label."""
    return {prefix: labels["en"] for prefix, labels in GEOCODE_DATA.items() if prefix.startswith(calling_code) and "en" in labels}


def partial(description, digits):
    """Whether `digits` can begin a number of this description."""
    pattern = description and description.national_number_pattern
    return bool(pattern) and regex.fullmatch(pattern, digits, partial=True) is not None


SERVICES = {
    "toll_free": "toll_free",
    "premium_rate": "premium",
    "shared_cost": "premium",
    "personal_number": "personal",
    "voip": "personal",
    "pager": "personal",
    "uan": "personal",
    "voicemail": "personal",
}


def kinds(metadata, digits):
    """(can be a subscriber's number of a place, the services it can be)."""
    located = partial(metadata.fixed_line, digits) or partial(metadata.mobile, digits)
    return located, {service for name, service in SERVICES.items() if partial(getattr(metadata, name), digits)}


def area_codes():
    """Place -> area codes, and service -> area codes, of the North American Numbering Plan."""
    labels = geocoding("1")
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]
    places, services = {}, {}
    for area_code in (str(number) for number in range(200, 1000)):
        for region in regions:
            metadata = PhoneMetadata.metadata_for_region(region)
            located, offered = kinds(metadata, area_code)
            if located:
                place_codes = set()
                if region in ("US", "CA"):
                    # The label of the whole area code, and only without one those of its exchanges, which know a few
                    # exchanges across a state line.
                    place_codes = subdivisions(labels.get(f"1{area_code}", ""), region) or set().union(
                        *(subdivisions(text, region) for prefix, text in labels.items() if prefix.startswith(f"1{area_code}"))
                    )
                elif region in US_TERRITORIES:
                    place_codes = {f"US-{region}"}
                for place in place_codes or {region}:
                    places.setdefault(place, set()).add(area_code)
            else:
                for service in offered:
                    services.setdefault(service, set()).add(area_code)
    # An area code that can be a place's and a service's is taken as the place's.
    located = set().union(*places.values())
    return places, {service: codes - located for service, codes in services.items()}


def territories(calling_code, main, others):
    """Prefixes that only a territory can have, of a calling code that it shares with the country `main`."""
    found = {}
    main_metadata = PhoneMetadata.metadata_for_region(main)
    metadata = {region: PhoneMetadata.metadata_for_region(region) for region in others}

    def possible(data, digits):
        located, offered = kinds(data, digits)
        return located or bool(offered)

    def descend(digits, candidates):
        candidates = [region for region in candidates if possible(metadata[region], digits)]
        if not candidates:
            return
        if not possible(main_metadata, digits):
            for region in candidates:
                found.setdefault(region, set()).add(f"{calling_code}{digits}")
        elif len(digits) < DEEPEST_PREFIX_DIGITS:
            for digit in "0123456789":
                descend(digits + digit, candidates)

    for digit in "0123456789":
        descend(digit, others)
    return found


def calling_codes():
    """Place -> calling codes (and longer prefixes of territories), and service -> calling codes without a place."""
    places, services = {}, {}
    for calling_code, regions in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        if calling_code == 1:
            continue  # the area code decides
        if regions == ("001",):
            services.setdefault("international", set()).add(str(calling_code))
            continue
        main, *others = regions
        places.setdefault(main, set()).add(str(calling_code))
        for region, prefixes in territories(calling_code, main, others).items():
            places.setdefault(region, set()).update(prefixes)
    return places, services


def document(note, places, services):
    joined = lambda table: {key: " ".join(sorted(codes)) for key, codes in sorted(table.items()) if codes}
    return {
        "schema_version": 1,
        "version": f"phonenumbers {phonenumbers.__version__}",
        "licence": "Apache-2.0",
        "note": note,
        "places": joined(places),
        "services": joined(services),
    }


def main():
    check = sys.argv[1:] == ["--check"]
    documents = {
        "nanp_area_codes.json": document(
            "Area codes of +1 by place. A code under a country has no known state; a code that is nowhere is unknown.",
            *area_codes(),
        ),
        "calling_codes.json": document(
            "Calling codes by place, the longest prefix counts; prefixes of territories only where no number of the "
            "country itself begins so.",
            *calling_codes(),
        ),
    }
    different = []
    for name, content in documents.items():
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        path = DATA / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            different.append(name)
        if not check:
            path.write_text(text, encoding="utf-8")
    if check and different:
        sys.exit(f"{', '.join(different)}: not what the generator writes")


if __name__ == "__main__":
    main()
