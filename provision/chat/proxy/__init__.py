"""An OpenAI-compatible address on loopback that adds fresh Google credentials to each request.

For tools that only take a base URL and a key. The key is the proxy's own: another user of the same machine, or a
web page, can reach loopback too. Bodies pass through as they are but for the model's name, streams as they come, and
nothing of them is logged. What OpenAI has and Vertex AI has not is added: a list of models, and errors in the shape
that OpenAI's clients read.
"""

from provision.chat.proxy.app import HOST, LARGEST_BODY, Passed, Proxy
from provision.chat.proxy.server import base_url, bind, serve, serving

__all__ = ["HOST", "LARGEST_BODY", "Passed", "Proxy", "base_url", "bind", "serve", "serving"]
