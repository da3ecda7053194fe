"""A made-up notice for 2027: its statutory days are those that Order 795 gives, the rest is invention."""

GOOD = """\
schema = "cn-holiday-notices/1"

[[notice]]
year = 2027
id = "2027"
number = "国办发明电〔2026〕99号（虚构）"
signed = "2026-11-10"
published = "2026-11-11"
source = "https://example.org/notice"
workdays = ["2027-01-30", "2027-02-14"]
  [[notice.holiday]]
  name = "元旦"
  from = "2027-01-01"
  to = "2027-01-03"
  statutory = ["2027-01-01"]
  [[notice.holiday]]
  name = "春节"
  from = "2027-02-05"
  to = "2027-02-12"
  statutory = ["2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08"]
  [[notice.holiday]]
  name = "清明节"
  from = "2027-04-03"
  to = "2027-04-05"
  [[notice.holiday]]
  name = "劳动节"
  from = "2027-05-01"
  to = "2027-05-04"
  [[notice.holiday]]
  name = "端午节"
  from = "2027-06-09"
  to = "2027-06-09"
  [[notice.holiday]]
  name = "中秋节"
  from = "2027-09-15"
  to = "2027-09-15"
  [[notice.holiday]]
  name = "国庆节"
  from = "2027-10-01"
  to = "2027-10-07"
"""

AMENDMENT = """
[[notice]]
year = 2027
id = "2027-amend-1"
amends = "2027"
amends_names = ["春节"]
number = "国办发明电〔2027〕98号（虚构）"
signed = "2027-01-20"
published = "2027-01-20"
source = "https://example.org/amendment"
cancels_workdays = ["2027-02-14"]
  [[notice.holiday]]
  name = "春节"
  from = "2027-02-05"
  to = "2027-02-14"
"""
