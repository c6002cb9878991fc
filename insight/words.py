"""Words for made-up people, companies and properties: plain, short, and recognisably no real ones."""

from __future__ import annotations

FIRST = (
    "Ada", "Amir", "Ana", "Björn", "Chen", "Chloé", "Dana", "Elif", "Emil", "Fatima", "Finn", "Grace", "Hana", "Ines",
    "Ivan", "Jonas", "Kofi", "Laila", "Luca", "Maja", "Marek", "Nadia", "Noor", "Olga", "Paulo", "Rosa", "Sami", "Siri",
    "Tomás", "Uma", "Vera", "Yuki", "Zoë",
)  # fmt: skip
LAST = (
    "Abel", "Berg", "Costa", "Dahl", "Eriksen", "Fischer", "García", "Haas", "Ito", "Jansen", "Keller", "Lindgren",
    "Mensah", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Sato", "Tanaka", "Umar", "Vogel", "Weber", "Yılmaz",
)  # fmt: skip
COMPANY = (
    "Alder", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Indigo", "Juniper", "Kestrel", "Larch",
    "Marble", "Nimbus", "Orchard", "Pebble", "Quartz", "Ridge", "Saffron", "Tundra",
)  # fmt: skip
TRADE = ("Foods", "Freight", "Group", "Health", "Labs", "Logistics", "Media", "Optics", "Systems", "Works")

PLAIN = ("amber", "cedar", "drift", "harbor", "maple", "north", "orbit", "pilot", "river", "stone", "willow")
"""Texts for a field of which nothing is known: chosen so that hardly any rule tests for them."""

BY_NAME: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("path", "url", "page"), ("/", "/about", "/blog", "/blog/what-is-new", "/contact", "/customers", "/docs/start")),
    (("country", "nation"), ("AT", "BR", "CA", "CH", "DE", "DK", "ES", "FR", "GB", "IN", "JP", "NL", "PL", "SE", "US")),
    (("title", "role", "job", "position"), ("Accountant", "Assistant", "Buyer", "Consultant", "Developer", "Manager")),
    (("industry", "sector"), ("agriculture", "education", "finance", "health", "manufacturing", "retail")),
    (("campaign", "utm", "newsletter"), ("autumn", "newsletter-12", "re-launch", "spring", "webinar-follow-up")),
    (("device", "browser"), ("desktop", "laptop", "phone", "tablet")),
    (("city", "region"), ("Aarhus", "Bologna", "Ghent", "Porto", "Tampere", "Turin", "Uppsala", "Zürich")),
    (("language", "locale"), ("de", "en", "es", "fr", "it", "pt")),
    (("reason", "comment", "topic"), ("later", "no budget", "no reply", "wants to know more", "wrong contact")),
    (("referrer", "channel", "medium"), ("ad", "direct", "mail", "partner", "search", "social")),
)
"""Texts by what the name of a field says, the first fit counts."""

OF_COMPANY = ("country", "employee", "industry", "sector", "size", "region", "revenue", "city")
"""What people of one company have in common, by fragments of names."""


def words_for(name: str) -> tuple[str, ...]:
    """The texts that fit a field by its name; empty if its name says nothing."""
    lowered = name.lower()
    return next((words for parts, words in BY_NAME if any(part in lowered for part in parts)), ())
