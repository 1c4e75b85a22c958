"""What makes training fast on a GPU: precision, algorithms, compilation and CUDA graphs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

PRECISIONS = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
ACCELERATIONS = ("none", "compile", "graphs")

_EAGER_STEPS = 3  # before a step is captured: lazily allocated state must exist by then

Step = Callable[[Tensor, Tensor], Tensor]
"""Images `(b, c, s, s)` and labels `(b,)` → loss, detached; takes one optimiser step."""


def resolved_device(device: str) -> str:
    """`device`, or for "auto" "cuda" where there is one and "cpu" elsewhere."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"


def resolved_precision(name: str, device: str, model: nn.Module) -> str:
    """`name`, or for "auto" the fastest of the device that costs no accuracy.

    That is bfloat16, on a CPU only where it multiplies such numbers itself and the network is made
    of dense convolutions: networks of other kinds are slower with it. GPUs without it get float16.

    Raises:
        ValueError: if it is unknown, or float16 on a CPU, whose gradients would vanish unscaled.
    """
    cuda = device.startswith("cuda")
    if name == "auto":
        if cuda:
            ampere = torch.cuda.get_device_capability(device)[0] >= 8  # the first GPUs that have it
            return "bfloat16" if ampere else "float16"
        return "bfloat16" if cpu_multiplies_bfloat16() and _is_dense(model) else "float32"
    if name not in PRECISIONS:
        raise ValueError(f"precision must be auto or one of {', '.join(PRECISIONS)}, not {name!r}")
    if name == "float16" and not cuda:
        raise ValueError("precision='float16' needs a GPU; a CPU has 'float32' and 'bfloat16'")
    return name


def cpu_multiplies_bfloat16() -> bool:
    """Whether the CPU has instructions for it (AVX-512 BF16 or AMX), as far as torch tells.

    None of them is used where ATEN_CPU_CAPABILITY keeps torch to those of a smaller CPU.
    """
    if torch.backends.cpu.get_cpu_capability() in ("AVX2", "DEFAULT"):
        return False
    tests = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, test, bool)() for test in tests)


def _is_dense(model: nn.Module) -> bool:
    """Whether nearly all weights are in convolutions, and none of these works by groups."""
    convolutions = [m for m in model.modules() if isinstance(m, nn.Conv2d)]
    weights = sum(p.numel() for p in model.parameters() if p.ndim > 1)
    inside = sum(m.weight.numel() for m in convolutions)
    return inside > 0.9 * weights and all(m.groups == 1 for m in convolutions)


def check_acceleration(name: str, device: str, precision: str, optimiser: str) -> None:
    """Raise ValueError if `name` is unknown or does not go with the rest."""
    if name not in ACCELERATIONS:
        raise ValueError(f"acceleration must be one of {', '.join(ACCELERATIONS)}, not {name!r}")
    cuda = device.startswith("cuda")
    if name == "graphs" and not (cuda and precision != "float16" and optimiser == "adamw"):
        raise ValueError(
            "acceleration='graphs' needs a GPU, a precision other than float16, whose scaling of "
            "gradients cannot be captured, and optimiser='adamw'"
        )


@contextmanager
def fast_algorithms(device: str) -> Iterator[None]:
    """Within, cuDNN looks for the fastest convolutions; afterwards as before. Nothing on a CPU."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = before or device.startswith("cuda")
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before


@contextmanager
def exact_convolutions() -> Iterator[None]:
    """Within, GPUs convolve in float32 and not in TF32, which has 10 bits of mantissa."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


@contextmanager
def compiled(model: nn.Module, wanted: bool) -> Iterator[None]:
    """Within, the model is called as compiled by `torch.compile`; its state has the same names."""
    if wanted:
        model.compile(dynamic=False)
    try:
        yield
    finally:
        model._compiled_call_impl = None
        if wanted:
            torch.compiler.reset()  # the next network would be taken for a recompilation


class PeakDeviceMemory:
    """Most bytes that tensors took on a GPU since it was made; None on a CPU."""

    def __init__(self, device: str) -> None:
        self._device = device if device.startswith("cuda") else None
        if self._device:
            torch.cuda.init()  # type: ignore[no-untyped-call]
            torch.cuda.reset_peak_memory_stats(self._device)

    @property
    def peak(self) -> int | None:
        """In bytes."""
        return int(torch.cuda.max_memory_allocated(self._device)) if self._device else None


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a GPU had too little memory: torch's allocator, cuDNN and cuBLAS say so each."""
    texts = ("out of memory", "CUDNN_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_ALLOC_FAILED")
    return isinstance(error, torch.cuda.OutOfMemoryError) or any(t in str(error) for t in texts)


def synchronise(device: str) -> None:
    """Wait until the device has done all that it was asked to."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


class GraphedStep:
    """A training step as one CUDA graph for each size of batch, so that one launch does it all.

    The first steps of each size are taken one kernel at a time, on a stream of their own, as
    capturing demands; every step is a step of the training, and none is repeated.

    Parameters
    ----------
    step : Step
        Without any transfer to the host; its optimiser must be capturable.
    """

    def __init__(self, step: Step) -> None:
        self._step = step
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        self._taken: dict[int, int] = {}
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor, Tensor, Tensor]] = {}

    def __call__(self, images: Tensor, labels: Tensor) -> Tensor:
        """Take one step."""
        size = len(labels)
        if size not in self._graphs:
            self._taken[size] = self._taken.get(size, 0) + 1
            if self._taken[size] <= _EAGER_STEPS:
                return self._eager(images, labels)
            self._capture(size, images, labels)
        graph, seen, targets, loss = self._graphs[size]
        seen.copy_(images)
        targets.copy_(labels)
        graph.replay()
        return loss.clone()

    def _eager(self, images: Tensor, labels: Tensor) -> Tensor:
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            loss = self._step(images, labels)
        torch.cuda.current_stream().wait_stream(self._stream)
        return loss

    def _capture(self, size: int, images: Tensor, labels: Tensor) -> None:
        seen, targets = images.clone(), labels.clone()
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize()
        # another thread may read images for the next batch meanwhile
        with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
            loss = self._step(seen, targets)
        self._graphs[size] = (graph, seen, targets, loss)
