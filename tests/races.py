"""Many at one door: every job in a thread of its own, let go at the same moment."""

import threading

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
