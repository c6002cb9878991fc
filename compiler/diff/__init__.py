"""What two models differ in: in meaning, declaration by declaration, with a history for each difference."""
