import time

import pytest
import redis

from ci_backbone.lib.cache import SpareRedisCache

NOBODY = "redis://127.0.0.1:1/0"


def test_cache_without_redis_uses_its_own_memory() -> None:
    cache = SpareRedisCache(NOBODY, {"OPTIONS": {"socket_connect_timeout": 0.2}})

    cache.set("tries", 1)
    cache.incr("tries")

    assert cache.get("tries") == 2
    assert cache.add("tries", 7) is False


def test_cache_without_redis_does_not_ask_it_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = SpareRedisCache(NOBODY, {})
    cache.get("anything")

    with monkeypatch.context() as patched:
        patched.setattr(redis.ConnectionPool, "get_connection", lambda *args, **kwargs: time.sleep(60))
        found = cache.get("anything")

    assert found is None
