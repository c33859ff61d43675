"""The calendar files of the catalogue and the import that makes them."""

from datetime import date, timedelta
from pathlib import Path

# The package brings no type information.
import chinese_calendar  # type: ignore[import-untyped]
import pytest

from groundwork.catalogue.calendar_import import (
    CORRECTIONS_WORKED,
    CalendarExistsError,
    import_calendar,
    published_years,
    render,
    write_calendar,
)
from groundwork.catalogue.calendars import (
    SHELF,
    CalendarFile,
    CalendarFileError,
    CalendarYear,
    UnknownCalendarError,
    calendar_versions,
    load_calendar,
    newest_calendar_version,
    read_calendar,
)
from groundwork.domain.calendar import DayKind

GOOD = """\
version: cn-2030.1
region: CN
name: {zh: 测试, en: A test}
source: a test
holidays:
  spring_festival: {zh: 春节, en: Spring Festival}
years:
  2030:
    rest:
      - {holiday: spring_festival, first: 2030-02-02, last: 2030-02-08}
    worked:
      - {holiday: spring_festival, days: [2030-01-27, 2030-02-09]}
"""


class TestThePublishedCalendar:
    def test_it_covers_2004_to_2026_and_nothing_later(self) -> None:
        calendar = load_calendar("cn-2026.1")
        assert calendar.published == tuple(range(2004, 2027))
        assert max(calendar.days_off) < date(2027, 1, 1)

    def test_every_day_agrees_with_the_package_except_where_the_notice_does_not(self) -> None:
        calendar = load_calendar("cn-2026.1")
        span = (date(2027, 1, 1) - date(2004, 1, 1)).days
        days = [date(2004, 1, 1) + timedelta(days=n) for n in range(span)]
        assert len(days) == 8401
        differing = [
            day for day in days if calendar.is_working_day(day) != chinese_calendar.is_workday(day)
        ]
        # Notice 国办发明电〔2005〕35号 says that this Saturday is worked; the package rests.
        assert differing == [date(2005, 12, 31)]
        assert list(CORRECTIONS_WORKED) == differing

    def test_every_holiday_bears_the_name_that_the_package_gives_it(self) -> None:
        calendar = load_calendar("cn-2026.1")
        for day, name in (*calendar.days_off.items(), *calendar.days_worked.items()):
            if day not in CORRECTIONS_WORKED:
                assert chinese_calendar.get_holiday_detail(day)[1] == name.en

    def test_make_up_days_of_2026_are_those_of_the_notice(self) -> None:
        calendar = load_calendar("cn-2026.1")
        assert sorted(day for day in calendar.days_worked if day.year == 2026) == [
            date(2026, 1, 4),
            date(2026, 2, 14),
            date(2026, 2, 28),
            date(2026, 5, 9),
            date(2026, 9, 20),
            date(2026, 10, 10),
        ]
        assert calendar.describe(date(2026, 10, 10)).name.zh == "国庆节调休上班"
        assert calendar.describe(date(2015, 9, 3)).kind is DayKind.HOLIDAY

    def test_the_committed_file_is_what_the_import_makes(self) -> None:
        committed, imported = load_calendar("cn-2026.1"), import_calendar("cn-2026.1").calendar()
        for field in ("days_off", "days_worked"):
            # A later package may know more years; those come as a new version.
            known = {
                day: name
                for day, name in getattr(imported, field).items()
                if day.year in committed.published
            }
            assert known == getattr(committed, field)


class TestVersions:
    def test_the_newest_version_is_on_the_shelf(self) -> None:
        assert newest_calendar_version() == calendar_versions()[-1]
        assert load_calendar(newest_calendar_version()).version == newest_calendar_version()

    def test_every_version_on_the_shelf_can_be_read(self) -> None:
        for version in calendar_versions():
            assert read_calendar(SHELF / f"{version}.yaml").version == version

    def test_versions_are_ordered_by_number_and_other_files_are_passed_over(
        self, tmp_path: Path
    ) -> None:
        for name in ("cn-2026.10.yaml", "cn-2026.9.yaml", "cn-2025.11.yaml", "notes.yaml", "x.md"):
            (tmp_path / name).touch()
        assert calendar_versions(tmp_path) == ("cn-2025.11", "cn-2026.9", "cn-2026.10")
        assert newest_calendar_version(tmp_path) == "cn-2026.10"

    def test_a_version_is_loaded_once(self) -> None:
        assert load_calendar("cn-2026.1") is load_calendar("cn-2026.1")

    def test_an_unknown_version_is_refused_with_those_there_are(self) -> None:
        with pytest.raises(UnknownCalendarError, match=r"'cn-1999\.1'.*cn-2026\.1"):
            load_calendar("cn-1999.1")
        with pytest.raises(UnknownCalendarError):
            load_calendar("../calendars/cn-2026.1")


class TestReadingFiles:
    def test_a_stretch_of_rest_is_spread_over_its_days(self, tmp_path: Path) -> None:
        path = tmp_path / "cn-2030.1.yaml"
        path.write_text(GOOD, encoding="utf-8")
        calendar = read_calendar(path)
        assert sorted(calendar.days_off) == [date(2030, 2, day) for day in range(2, 9)]
        assert calendar.is_working_day(date(2030, 1, 27))

    @pytest.mark.parametrize(
        ("good", "bad", "message"),
        [
            ("version: cn-2030.1", "version: 2030", "version: Input should be a valid string"),
            ("version: cn-2030.1", "version: cn-2030.2", "says 'cn-2030.2'; rename the file"),
            ("last: 2030-02-08", "last: 2030-02-01", "2030-02-01 is earlier than first"),
            ("last: 2030-02-08", "last: 2030-02-10", "2030-02-09 is listed twice"),
            ("2030-01-27", "2029-01-27", "years.2030: 2029-01-27 lies in another year"),
            ("2030-01-27", "2030-01-28", "2030-01-28 is no weekend day"),
            ("{holiday: spring_festival, d", "{holiday: x, d", "holidays does not list 'x'"),
            ("first: 2030-02-02", "first: soon", r"years.2030.rest.0.first: .*date"),
            ("    worked:\n", "    work:\n", "years.2030.worked: Field required"),
            ("region: CN", "region: [", "is not valid YAML"),
        ],
    )
    def test_a_mistake_is_told_with_its_file_and_place(
        self, tmp_path: Path, good: str, bad: str, message: str
    ) -> None:
        assert good in GOOD
        path = tmp_path / "cn-2030.1.yaml"
        path.write_text(GOOD.replace(good, bad), encoding="utf-8")
        with pytest.raises(CalendarFileError, match=message) as caught:
            read_calendar(path)
        assert "cn-2030.1.yaml" in str(caught.value)


class TestImporting:
    def test_only_years_that_the_package_knows_are_imported(self) -> None:
        years = published_years()
        assert years[:23] == tuple(range(2004, 2027))
        with pytest.raises(NotImplementedError):
            chinese_calendar.is_workday(date(years[-1] + 1, 1, 1))
        assert tuple(import_calendar("cn-2026.1").years) == years

    def test_what_is_written_reads_back_the_same(self, tmp_path: Path) -> None:
        content = import_calendar("cn-2026.2")
        path = write_calendar(content, tmp_path)
        assert path == tmp_path / "cn-2026.2.yaml"
        assert read_calendar(path) == content.calendar()

    def test_a_year_without_exceptions_reads_back_too(self, tmp_path: Path) -> None:
        content = CalendarFile.model_validate(
            import_calendar("cn-2026.2").model_dump()
            | {"years": {2026: CalendarYear(rest=(), worked=())}}
        )
        assert read_calendar(write_calendar(content, tmp_path)).published == (2026,)

    def test_writing_the_same_days_again_changes_nothing(self, tmp_path: Path) -> None:
        content = import_calendar("cn-2026.2")
        path = write_calendar(content, tmp_path)
        before = path.read_bytes()
        write_calendar(content.model_copy(update={"source": "another package"}), tmp_path)
        assert path.read_bytes() == before

    def test_a_published_version_is_never_overwritten_with_other_days(self, tmp_path: Path) -> None:
        content = import_calendar("cn-2026.2")
        path = write_calendar(content, tmp_path)
        fewer = {year: days for year, days in content.years.items() if year < 2026}
        with pytest.raises(CalendarExistsError, match="new version"):
            write_calendar(content.model_copy(update={"years": fewer}), tmp_path)
        assert read_calendar(path) == content.calendar()

    def test_a_file_has_a_line_per_stretch_and_no_yaml_aliases(self) -> None:
        text = render(import_calendar("cn-2026.1"))
        assert "      - {holiday: national_day, first: 2026-10-01, last: 2026-10-07}\n" in text
        assert "&id" not in text
