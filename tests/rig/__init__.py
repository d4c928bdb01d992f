"""What the suite brings along: database and Redis servers, a mail server, a browser."""
