"""Writes the CSV that goes out: 60 rows, each column of one kind of cell (a program may judge a column as a whole), and one of all kinds."""

import csv
import datetime
import sys

ROWS = 60
# A school's year by its Mondays and Thursdays; the early ones have no day after the 12th, so that they can be read in either order.
LESSONS = [datetime.datetime(2027, 2, 1, 8, 15) + datetime.timedelta(days=3 * n, minutes=45 * (n % 9)) for n in range(ROWS)]
EARLY = [datetime.datetime(2027, 1 + n % 12, 1 + n % 11, 9, 0) for n in range(ROWS)]
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
OFFSET = [1 + (datetime.datetime(2027, 3, 28) <= day < datetime.datetime(2027, 10, 31)) for day in LESSONS]
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def word(n, length=6):
    """Returns the n-th of a row of words that look drawn by lot, and are the same each time."""
    n = (n + 1) * 2654435761
    return "".join(LETTERS[(n >> (5 * place)) % len(LETTERS)] for place in range(length))


def columns():
    """The columns by name. A name that begins with `token` has candidates for a word that no program changes."""
    numbers = range(ROWS)
    out = {
        "token": [f"row_{word(n)}" for n in numbers],
        "ref_zeros": [f"{n:04}" for n in range(1, ROWS + 1)],
        "user_zeros": [f"{27 + 13 * n:05}" for n in numbers],
        "id_17_digits": [str(12345678901234567 + 7919 * n) for n in numbers],
        "id_hash": [f"#{n:03}" for n in numbers],
        "exponent": [f"{1 + n % 9}E{n % 12}" for n in numbers],
        "exponent_small": [f"{100 + n}e{n % 8}" for n in numbers],
        "hex": [f"0x{n + 16:X}" for n in numbers],
        "digits_dash": [f"{1 + n % 12:02}-{1 + n // 3:02}" for n in numbers],
        "digits_slash": [f"{1 + n % 12}/{1 + n // 3}" for n in numbers],
        "digits_dot": [f"{1 + n // 3}.{1 + n % 12}" for n in numbers],
        "room_number": [f"{2 + n // 30}.{11 + n % 30}" for n in numbers],
        "month_dash": [f"{MONTHS[n % 12]}-{1 + n // 3}" for n in numbers],
        "month_word": [f"{MONTHS[n % 12].title()} {1 + n // 3}" for n in numbers],
        "yes_no_upper": ["TRUE" if n % 3 else "FALSE" for n in numbers],
        "yes_no": ["true" if n % 3 else "false" for n in numbers],
        "formula": [f"={chr(65 + n % 26)}{n}" if n % 2 else f"={chr(65 + n % 26)}" for n in numbers],
        "formula_at": [f"@room{n}" for n in numbers],
        "formula_minus": [f"-{n}A" for n in numbers],
        "phone": [f"+49301234{n:03}" for n in numbers],
        "phone_blanks": [f"+49 30 1234{n:03}" for n in numbers],
        "blanks_at_ends": [f" Room {n} " for n in numbers],
        "blanks_around_digits": [f" {100 + n}" for n in numbers],
        "apostrophe": [f"'{n:03}" for n in numbers],
        "empty_words": [["NA", "null", "None", "nan", "N/A", "-"][n % 6] for n in numbers],
        "percent": [f"{n}%" for n in numbers],
        "thousands": [f"{1 + n},000" for n in numbers],
        "comma": [f"{n},5" for n in numbers],
        "point_zero": [f"{n}.0" for n in numbers],
        "duration": [str(30 + 15 * (n % 7)) for n in numbers],
        "duration_colon": [f"{1 + n % 2}:{15 * (n % 4):02}" for n in numbers],
        "start_z": [day.strftime("%Y-%m-%dT%H:%M:%SZ") for day in LESSONS],
        "start_offset": [day.strftime("%Y-%m-%dT%H:%M:%S") + f"+0{hours}:00" for day, hours in zip(LESSONS, OFFSET)],
        "start_iso": [day.strftime("%Y-%m-%dT%H:%M:%S") for day in LESSONS],
        "start_iso_minutes": [day.strftime("%Y-%m-%dT%H:%M") for day in LESSONS],
        "start_blank": [day.strftime("%Y-%m-%d %H:%M") for day in LESSONS],
        "start_german": [day.strftime("%d.%m.%Y %H:%M") for day in LESSONS],
        "start_british": [day.strftime("%d/%m/%Y %H:%M") for day in LESSONS],
        "start_american": [day.strftime("%m/%d/%Y %-I:%M %p") for day in LESSONS],
        "start_german_early": [day.strftime("%d.%m.%Y %H:%M") for day in EARLY],
        "start_british_early": [day.strftime("%d/%m/%Y %H:%M") for day in EARLY],
        "start_american_early": [day.strftime("%m/%d/%Y %-I:%M %p") for day in EARLY],
        "start_basic": [day.strftime("%Y%m%dT%H%M%SZ") for day in LESSONS],
        "day_iso": [day.strftime("%Y-%m-%d") for day in LESSONS],
        "day_german": [day.strftime("%d.%m.%Y") for day in LESSONS],
        "day_german_short": [day.strftime("%-d.%-m.%y") for day in LESSONS],
        "day_british": [day.strftime("%d/%m/%Y") for day in LESSONS],
        "day_american": [day.strftime("%m/%d/%Y") for day in LESSONS],
        "day_word": [day.strftime("%-d %b %Y") for day in LESSONS],
        "day_weekday": [day.strftime("%a, %d.%m.%Y") for day in LESSONS],
        "begin": [day.strftime("%H:%M") for day in LESSONS],
        "begin_short": [day.strftime("%-H:%M") for day in LESSONS],
        "begin_dot": [day.strftime("%H.%M") for day in LESSONS],
        "begin_american": [day.strftime("%-I:%M %p") for day in LESSONS],
        # Candidates, one shape a column.
        "token_bare": [word(n) for n in numbers],
        "token_upper": [f"ROW_{word(n).upper()}" for n in numbers],
        "token_digits_first": [f"{n % 10}_{word(n)}" for n in numbers],
        "token_exponent": [f"{1 + n % 9}e{n:02}" for n in numbers],
        "token_letters_exponent": [f"row_{1 + n % 9}e{n:02}" for n in numbers],
        "token_digits_after": [f"row_{n:06}" for n in numbers],
        "token_digits_joined": [f"row{n:06}" for n in numbers],
        "token_month_joined": [f"row_{MONTHS[n % 12].lower()}{n:02}" for n in numbers],
        "token_blank": [f"row {word(n)}" for n in numbers],
        "token_blank_digits": [f"row {n}" for n in numbers],
        "token_dash": [f"row-{word(n)}" for n in numbers],
        "token_dash_digits": [f"row-{n}" for n in numbers],
        "token_colon": [f"row:{word(n)}" for n in numbers],
        "token_colon_digits": [f"r:{n}" for n in numbers],
        "token_hash": [f"#{word(n)}" for n in numbers],
        "token_hex_marks": [f"row_x{n + 65:04X}_k" for n in numbers],
        "token_double": [f"row__{word(n)}" for n in numbers],
        "token_tilde": [f"~{word(n)}" for n in numbers],
        "token_brackets": [f"[{word(n)}]" for n in numbers],
        "token_cell_name": [f"R{n}C{n}" for n in numbers],
        "token_inf": [["inf", "nan", "infinity", "nil", "none", "null"][n % 6] for n in numbers],
        "token_underscore_digits": [f"1_{n:03}" for n in numbers],
        "token_1d": [f"{1 + n % 9}d{n:02}" for n in numbers],
        "token_h_m": [f"{1 + n % 9}h{n:02}m" for n in numbers],
    }
    # Every kind in one column: the first values of each, as many as fit into rows.
    mixed = [values[turn] for turn in (0, 1) for name, values in out.items() if not name.startswith("token")]
    out["mixed"] = mixed[:ROWS]
    return out


if __name__ == "__main__":
    out = columns()
    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    writer.writerow(out)
    writer.writerows(zip(*out.values()))
