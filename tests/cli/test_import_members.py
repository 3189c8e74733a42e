"""Files of members as gyms have them."""

import csv
import io
from pathlib import Path

import pytest

from tests.cli.conftest import Pp
from tests.conftest import new_phone


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def names(pp: Pp) -> set[str]:
    return {item["name"] for item in pp("member", "list", "--all", "--format", "json").json["items"]}


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("name,phone", "Amina Wanjiru,{phone}", "Amina Wanjiru"),
        ("Full Name;Mobile Number;E-mail", "Amina Wanjiru;{phone};amina@example.com", "Amina Wanjiru"),
        ("Jina\tSimu\tTarehe", "Amina Wanjiru\t{phone}\t21/03/2025", "Amina Wanjiru"),
        ("First Name,Last Name,Phone No.", "Amina,Wanjiru,{phone}", "Amina Wanjiru"),
        ("Jina la kwanza|Jina la ukoo|Namba ya simu", "Amina|Wanjiru|{phone}", "Amina Wanjiru"),
        ("sep=;\nNAME;PHONE (WhatsApp)", "Amina Wanjiru;{phone}", "Amina Wanjiru"),
        ("\n,,\nMember Name,Tel", '"Wanjiru, Amina",{phone}', "Wanjiru, Amina"),
        ('"Name","Phone","Address"', '"Amina Wanjiru","{phone}","House 3,\nKilimani"', "Amina Wanjiru"),
        ("Phone,Mobile,Client", ",{phone},Amina Wanjiru", "Amina Wanjiru"),
    ],
)
def test_columns_are_found_by_their_names(pp: Pp, slug: str, tmp_path: Path, header: str, row: str, name: str) -> None:
    file = tmp_path / "members.csv"
    file.write_text(f"{header}\n{row.format(phone=new_phone())}\n")
    ran = pp("member", "import", str(file), "--format", "json")
    assert (ran.code, ran.json["added"], ran.json["refused"]) == (0, 1, [])
    assert name in names(pp)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_are_recognised(pp: Pp, slug: str, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "members.csv"
    file.write_bytes(f"name,phone\r\nZoë Müller,{new_phone()}\r\n".encode(encoding))
    ran = pp("member", "import", str(file), "--format", "json")
    assert ran.json["added"] == 1
    assert "Zoë Müller" in names(pp)
    assert ("UTF-8" in ran.err) == (encoding == "cp1252")


def test_refused_rows_go_to_a_file_that_can_be_corrected_and_imported(pp: Pp, slug: str, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    good, fixed = new_phone(), new_phone()
    file.write_text(
        f'Jina,Simu,Rangi\nAmina Wanjiru,{good},red\n,{new_phone()},=HYPERLINK("x")\nJuma Otieno,12,blue\nA,B,C,D,E\n'
    )
    ran = pp("member", "import", str(file))
    assert ran.code == 0
    refused = tmp_path / "members.csv.refused.csv"
    assert str(refused) in ran.err
    rows = rows_of(refused)
    assert [(row["line"], row["code"]) for row in rows] == [
        ("3", "import.name_missing"),
        ("4", "import.phone_invalid"),
        ("5", "import.too_many_cells"),
    ]
    assert rows[0]["Rangi"].startswith("'=")
    assert rows[1]["Simu"] == "12"
    assert "12" in rows[1]["reason"]
    refused.write_text(refused.read_text(encoding="utf-8-sig").replace("Juma Otieno,12", f"Juma Otieno,{fixed}"))
    again = pp("member", "import", str(refused), "--format", "json")
    assert (again.json["added"], len(again.json["refused"])) == (1, 1 + 1)


def test_a_quotation_mark_that_is_not_closed_is_no_name(pp: Pp, slug: str, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text(f'name,phone\n"Amina Wanjiru,{new_phone()}\nJuma Otieno,{new_phone()}\n')
    report = pp("member", "import", str(file), "--format", "json").json
    assert (report["added"], [row["code"] for row in report["refused"]]) == (0, ["import.name_unreadable"])


def test_importing_twice_adds_nobody_and_says_so(pp: Pp, slug: str, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("name,phone\n" + "".join(f"Member Number{n},{new_phone()}\n" for n in range(620)))
    first = pp("member", "import", str(file), "--format", "json").json
    assert (first["rows"], first["added"], first["refused"], first["refused_file"]) == (620, 620, [], None)
    second = pp("member", "import", str(file), "--format", "json").json
    assert (second["added"], second["unchanged"]) == (0, 620)


def test_a_dry_run_changes_nothing(pp: Pp, slug: str, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text(f"name,phone\nAmina Wanjiru,{new_phone()}\n,1\n")
    ran = pp("member", "import", str(file), "--dry-run", "--format", "json")
    assert (ran.json["added"], len(ran.json["refused"]), ran.json["dry_run"]) == (1, 1, True)
    assert not (tmp_path / "members.csv.refused.csv").exists()
    assert "Amina Wanjiru" not in names(pp)


def test_the_preview_and_the_counts_are_told(pp: Pp, slug: str, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text(f"name,phone\nAmina Wanjiru,{new_phone()}\n")
    ran = pp("member", "import", str(file))
    assert "Amina Wanjiru" in ran.err
    assert ran.out.splitlines()[0].split() == ["Added", "1"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"Amina Wanjiru,0711000001\nJuma,0711000002\n", "first name"),
        (b"phone,email\n0711000001,a@b.co\n", "first name"),
        (b"", "no rows"),
        (b"name,phone\n", "no rows"),
        (b"PK\x03\x04 spreadsheet", "CSV"),
        (b'name,phone\n"Amina' + b"x" * 200_000, "quotation"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_what_would_do(
    pp: Pp, slug: str, tmp_path: Path, content: bytes, told: str
) -> None:
    file = tmp_path / "members.csv"
    file.write_bytes(content)
    ran = pp("member", "import", str(file))
    assert ran.code == 2
    assert told in ran.err


def test_a_missing_file_is_a_usage_error(pp: Pp, slug: str) -> None:
    assert pp("member", "import", "/nowhere/members.csv").code == 2
