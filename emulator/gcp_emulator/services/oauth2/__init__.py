"""Google's token endpoint, tokeninfo and userinfo."""
