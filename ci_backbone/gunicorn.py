"""How gunicorn serves: `gunicorn --config python:ci_backbone.gunicorn ci_backbone.wsgi`."""

from ci_backbone.lib import env, logs

bind = f"{env.text('HOST', '127.0.0.1')}:{env.number('PORT', 8000, at_least=1)}"
workers = env.number("WEB_WORKERS", 2, at_least=1)
threads = env.number("WEB_THREADS", 4, at_least=1)
worker_class = "gthread"
timeout = 60
graceful_timeout = env.number("WEB_GRACE_SECONDS", 30, at_least=1)
# A worker makes room for a new one now and then, so that nothing grows for ever.
max_requests = 5000
max_requests_jitter = 500
# Every request is logged once, with its id and without tokens, by the application.
accesslog = None
# Nobody steers a container from inside.
control_socket_disable = True
logconfig_dict = logs.dict_config(env.choice("LOG_LEVEL", "INFO", among=logs.LEVELS)) | {
    "loggers": {"gunicorn.error": {"level": "INFO", "propagate": True}}
}
