"""Write a tiny Llama with random weights, and a tokenizer of single bytes; run with the inference server's own Python.

It says nothing anyone could read, which is all that a reproduction needs: real tokens, one after the other.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import mlx.core as mx  # type: ignore[import-not-found] # it lives in an environment of its own
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers  # type: ignore[import-not-found] # so does it

WIDTH, INNER, LAYERS, HEADS = 32, 64, 2, 4
END = "<|end|>"
TEMPLATE = "{% for each in messages %}{{ each['role'] }}: {{ each['content'] }}\n{% endfor %}assistant: "


def main(folder: Path) -> None:
    """Write the four files that the server reads."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(END, special=True)])
    tokenizer.save(str(folder / "tokenizer.json"))
    size = tokenizer.get_vocab_size()
    message = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "chat_template": TEMPLATE}
    (folder / "tokenizer_config.json").write_text(json.dumps(message))
    shape = {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": WIDTH,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS,
        "rms_norm_eps": 1e-5,
        "vocab_size": size,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": False,
        "eos_token_id": tokenizer.token_to_id(END),
    }
    (folder / "config.json").write_text(json.dumps(shape))
    mx.random.seed(1)
    weights = {"model.embed_tokens": (size, WIDTH), "lm_head": (size, WIDTH)}
    norms = ["model.norm"]
    for number in range(LAYERS):
        layer = f"model.layers.{number}"
        weights |= {f"{layer}.self_attn.{each}_proj": (WIDTH, WIDTH) for each in "qkvo"}
        weights |= {f"{layer}.mlp.{each}_proj": (INNER, WIDTH) for each in ("gate", "up")}
        weights[f"{layer}.mlp.down_proj"] = (WIDTH, INNER)
        norms += [f"{layer}.input_layernorm", f"{layer}.post_attention_layernorm"]
    tensors = {f"{name}.weight": mx.random.normal(shape) * 0.1 for name, shape in weights.items()}
    tensors |= {f"{name}.weight": mx.ones(WIDTH) for name in norms}
    mx.save_safetensors(str(folder / "model.safetensors"), tensors, metadata={"format": "mlx"})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
