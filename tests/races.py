"""Many at one door: every job in a thread of its own, let go at the same moment."""

import threading
import time

from django.db import close_old_connections, connection


def together(jobs):
    """Run every job in a thread of its own, let go by one barrier; returns the errors."""
    barrier, errors = threading.Barrier(len(jobs)), []

    def run(job):
        close_old_connections()
        try:
            barrier.wait(timeout=60)
            job()
        except Exception as error:  # noqa: BLE001 - handed to the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def until_one_waits():
    """Until somebody waits for a lock that another holds (PostgreSQL)."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waited.")
