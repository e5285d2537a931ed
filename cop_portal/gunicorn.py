"""How the web server runs in production."""

from cop_portal.environment import env, env_int

bind = env("BIND", "0.0.0.0:8000")
workers = env_int("WEB_WORKERS", default=2)
worker_class = "gthread"
threads = env_int("WEB_THREADS", default=4)
worker_tmp_dir = "/dev/shm"  # noqa: S108 -- heartbeat files must not wait for a disk
# A connection that waits holds no thread; the proxy before it keeps its own for about a minute.
keepalive = 65
# Slow leaks end with the process; the jitter keeps the workers from restarting together. Two thousand who watch a room
# ask a thousand times a second: with 5,000 a worker would end every ten seconds, in the middle of a poll.
max_requests, max_requests_jitter = 100_000, 20_000
graceful_timeout = 30
control_socket_disable = True
