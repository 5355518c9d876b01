"""500 addresses of the sample, each written in more than 20 ways: nearly all matches right, none wrong that is sure."""

import random

import pandas as pd
import pytest

from gridmap.layers.addresses import address_book, match
from gridmap.layers.addresses.naming import split
from gridmap.sample import make_sample

COUNT = 500
TRADITIONAL = str.maketrans("号楼单园区门东华广兴宁银庄丽祥", "號樓單園區門東華廣興寧銀莊麗祥")
FULL_WIDTH = str.maketrans("0123456789#-", "０１２３４５６７８９＃－")
STRANGE = "春秋甫淇奎"


@pytest.fixture(scope="module")
def sample():
    district = make_sample(seed=2012, scale=0.2).district
    names = ("streets", "communities", "compounds", "buildings", "stairwells")
    return {name: pd.DataFrame(district[name].drop(columns="geometry")) for name in names}


@pytest.fixture(scope="module")
def book(sample):
    return address_book(**sample)


@pytest.fixture(scope="module")
def homes(sample):
    """500 stairwells with their parts: compound c, building b, unit u, and what lies around."""
    buildings = sample["buildings"].set_index("code").add_prefix("building_")
    table = sample["stairwells"].join(buildings, on="building_code")
    table = table[table["building_compound_code"].notna()].sample(COUNT, random_state=2012)
    compounds = sample["compounds"].set_index("code")["name"]
    communities = sample["communities"].set_index("code")
    community = table["building_community_code"]
    return pd.DataFrame(
        {
            "code": table["code"],
            "building": table["building_code"],
            "c": table["building_compound_code"].map(compounds),
            "name": table["building_name"],
            "b": table["building_name"].str.extract(r"(\d+)")[0].astype(int),
            "u": table["number"].astype(int),
            "address": table["building_address"],
            "community": community.map(communities["name"]),
            "street": community.map(communities["street_code"]).map(sample["streets"].set_index("code")["name"]),
        }
    )


def chinese(number):
    digits = "零一二三四五六七八九"
    if number < 10:
        return digits[number]
    if number < 100:
        return ("" if number < 20 else digits[number // 10]) + "十" + (digits[number % 10] if number % 10 else "")
    rest = number % 100
    small = "零" + digits[rest] if rest < 10 else ("一" if rest < 20 else "") + chinese(rest)
    return digits[number // 100] + "百" + (small if rest else "")


def slip(name, seed):
    rnd = random.Random(seed)
    k = rnd.randrange(len(name))
    return name[:k] + rnd.choice(STRANGE) + name[k + 1 :]


STYLES = {
    "as registered": lambda h: f"{h.c}{h.name}{h.u}单元",
    "号楼, 单元": lambda h: f"{h.c}{h.b}号楼{h.u}单元",
    "12#3单元": lambda h: f"{h.c}{h.b}#{h.u}单元",
    "十二号楼三单元": lambda h: f"{h.c}{chinese(h.b)}号楼{chinese(h.u)}单元",
    "12-3": lambda h: f"{h.c}{h.b}-{h.u}",
    "12-3-502": lambda h: f"{h.c}{h.b}-{h.u}-502",
    "12/3/502": lambda h: f"{h.c} {h.b}/{h.u}/502",
    "12栋3单元502室": lambda h: f"{h.c}{h.b}栋{h.u}单元502室",
    "12幢3门": lambda h: f"{h.c}{h.b}幢{h.u}门",
    "12座3梯502": lambda h: f"{h.c}{h.b}座{h.u}梯502",
    "12楼3单元": lambda h: f"{h.c}{h.b}楼{h.u}单元",
    "12号3单元": lambda h: f"{h.c}{h.b}号{h.u}单元",
    "第十二号楼第三单元": lambda h: f"{h.c}第{chinese(h.b)}号楼第{chinese(h.u)}单元五〇二",
    "full width": lambda h: f"{h.c}{h.b}#{h.u}单元502室".translate(FULL_WIDTH),
    "blanks and commas": lambda h: f"{h.c}，{h.b} 号楼 {h.u} 单元 502 室",
    "brackets": lambda h: f"（{h.c}）{h.b}#楼-{h.u}-502",
    "traditional": lambda h: f"{h.c}{h.b}号楼{h.u}单元502室".translate(TRADITIONAL),
    "from the city down": lambda h: f"威海市高区{h.street}{h.community}{h.c}{h.b}号楼{h.u}单元502室",
    "with its community": lambda h: f"{h.community}{h.c}{h.b}-{h.u}",
    "with road and number": lambda h: f"{h.address.removesuffix(h.name)}{h.c}{h.b}号楼{h.u}单元",
    "by road and number": lambda h: f"{h.address}{h.u}单元502",
    "the other way round": lambda h: f"{h.u}单元{h.b}号楼 {h.c}",
    "ending left out": lambda h: f"{split(h.c).stem}{h.b}号楼{h.u}单元",
    "one wrong sign": lambda h: f"{slip(h.c, h.Index)}{h.b}号楼{h.u}单元",
}


@pytest.mark.parametrize("style", STYLES)
def test_a_way_of_writing(style, homes, book):
    rows = pd.DataFrame({"address": [STYLES[style](home) for home in homes.itertuples()]})
    found = match(rows, book)
    right = found["stairwell_code"].to_numpy() == homes["code"].to_numpy()
    matched = found["sureness"].isin(["sure", "likely"]).to_numpy()
    sure = (found["sureness"] == "sure").to_numpy()
    assert rows["address"][sure & ~right].tolist() == []
    assert right[matched].mean() >= 0.98
    if style == "one wrong sign":
        assert not sure.any()
    elif style not in ("ending left out", "by road and number"):
        assert matched.mean() >= 0.98


def test_500_wrong_addresses_are_all_refused(homes, book):
    wrong = [
        (
            f"无此{home.c}后街{home.b}号楼",
            f"{home.c}{home.b + 900}号楼{home.u}单元",
            "文昌阁小区1号楼1单元",
            f"{home.b}号楼{home.u}单元",
        )[k % 4]
        for k, home in enumerate(homes.itertuples())
    ]
    found = match(pd.DataFrame({"address": wrong}), book)
    assert [text for text, state in zip(wrong, found["sureness"], strict=True) if state in ("sure", "likely")] == []
    assert all(str(reason) for reason in found["reason"])
