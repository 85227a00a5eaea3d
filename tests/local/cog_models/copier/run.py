"""A model with files on both sides."""

from cog import BaseRunner, Input, Path


class Runner(BaseRunner):
    def run(
        self,
        image: Path = Input(description="What to copy", accept="image/*"),
        more: list[Path] = Input(default=[]),
    ) -> list[Path]:
        copies = []
        for number, source in enumerate([image, *more]):
            print(f"{type(source).__name__} {source.suffix}")
            target = Path(f"copy{number}{source.suffix}")
            target.write_bytes(source.read_bytes()[::-1])
            copies.append(target)
        return copies
