"""The models that the tests and the benchmarks of the serverless runtime run on: a shop, and more of it."""

PLAIN = """
model shop { }
event view { path: text }
event order { amount: number }
score s {
  range 0..500
  rule pricing { on view where path = "/pricing" add 10, at most 30 points per 7 days }
  rule order   { on order add amount }
  degrade { after 10 days without activity by 10% every 1 week }
}
stages new, ready
trigger ready { when s >= 40 move to ready emit "lead.ready" }
"""
SHOP = f"""{PLAIN}
lead {{ company: account  email: text }}
segment hottest {{ highest 2 by s where s > 0 }}
segment everybody {{ where s >= 0 }}
account {{ score heat = sum of s }}
"""
