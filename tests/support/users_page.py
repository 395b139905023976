"""What the user's page shows to the letter."""

# The ini file of the user's page, as it stands there.
OF_THE_PAGE = """\
[main]
# This will log more information and also simulate
# a time when services are sleeping. This will use the dev urls below
debug=false
# Debug the datetime handling
debug_now=false
# If this is true messages are sent to outside notification channels
only_log=true
# Greeting on startup
greeting=Hello World!
# Check Interval in seconds
interval=60
error_interval=480

# Optional Hipchat Integration
[hipchat]
room=
auth=
emoji=(yey)

# Optional Slack Integration
[slack]
url=https://slack.com/api/chat.postMessage
channel=application-status
token=<Insert Slack API Token>
user=My Task Checker Bot
emoji=:robot:

# Optional Hipchat Integration
[sentry]
url=<API URL provided by Sentry>
# Optional token auth if your backend supports that

[token_auth]
# The endpoint to authenticate against
username=my-user
password=my-secret-password
url=https://my-backend.com/login
# The header to use when sending the auth token
header=Authorization

[urls]
# Live URLs, when debug is set to false
prod=https://my-backend.com/task1,https://my-backend.com/task2,https://my-backend.com/task3

# URLs for testing, when debug is set to true
dev=
"""
