"""How the web server runs in production."""

from cop_portal.environment import env, env_int

bind = env("BIND", "0.0.0.0:8000")
workers = env_int("WEB_WORKERS", default=2)
worker_class = "gthread"
threads = env_int("WEB_THREADS", default=4)
worker_tmp_dir = "/dev/shm"  # noqa: S108 -- heartbeat files must not wait for a disk
# Slow leaks end with the process; the jitter keeps the workers from restarting together.
max_requests, max_requests_jitter = 5000, 500
graceful_timeout = 30
control_socket_disable = True
