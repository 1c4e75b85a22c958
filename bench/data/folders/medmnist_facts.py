"""What MedMNIST publishes of its two-dimensional, single-label sets: classes, sizes, checksums.

Facts from the `info` table of the package medmnist 3.0.2 (Yang et al. 2023, Scientific Data 10:41).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """What is published of one set.

    Attributes:
        class_names: label i is `class_names[i]`.
        positive: of two classes the one to be found, else None.
        channels: 1 gray, 3 RGB.
        cases: images in train, val and test.
        licence: of the images.
        md5: side in px → checksum of the file.
    """

    class_names: tuple[str, ...]
    positive: int | None
    channels: int
    cases: tuple[int, int, int]
    licence: str
    md5: Mapping[int, str]


_ORGANS = (
    "bladder",
    "femur-left",
    "femur-right",
    "heart",
    "kidney-left",
    "kidney-right",
    "liver",
    "lung-left",
    "lung-right",
    "pancreas",
    "spleen",
)

SETS: Mapping[str, Facts] = {
    "pathmnist": Facts(
        (
            "adipose",
            "background",
            "debris",
            "lymphocytes",
            "mucus",
            "smooth muscle",
            "normal colon mucosa",
            "cancer-associated stroma",
            "colorectal adenocarcinoma epithelium",
        ),
        None,
        3,
        (89996, 10004, 7180),
        "CC BY 4.0",
        {
            28: "a8b06965200029087d5bd730944a56c1",
            64: "55aa9c1e0525abe5a6b9d8343a507616",
            128: "ac42d08fb904d92c244187169d1fd1d9",
            224: "2c51a510bcdc9cf8ddb2af93af1eadec",
        },
    ),
    "dermamnist": Facts(
        (
            "actinic keratoses and intraepithelial carcinoma",
            "basal cell carcinoma",
            "benign keratosis-like lesions",
            "dermatofibroma",
            "melanoma",
            "melanocytic nevi",
            "vascular lesions",
        ),
        None,
        3,
        (7007, 1003, 2005),
        "CC BY-NC 4.0",
        {
            28: "0744692d530f8e62ec473284d019b0c7",
            64: "b70a2f5635c6199aeaa28c31d7202e1f",
            128: "2defd784463fa5243564e855ed717de1",
            224: "8974907d8e169bef5f5b96bc506ae45d",
        },
    ),
    "octmnist": Facts(
        ("choroidal neovascularization", "diabetic macular edema", "drusen", "normal"),
        None,
        1,
        (97477, 10832, 1000),
        "CC BY 4.0",
        {
            28: "c68d92d5b585d8d81f7112f81e2d0842",
            64: "e229e9440236b774d9f0dfef9d07bdaf",
            128: "0a97e76651ace45c5d943ee3f65b63ae",
            224: "abc493b6d529d5de7569faaef2773ba3",
        },
    ),
    "pneumoniamnist": Facts(
        ("normal", "pneumonia"),
        1,
        1,
        (4708, 524, 624),
        "CC BY 4.0",
        {
            28: "28209eda62fecd6e6a2d98b1501bb15f",
            64: "8f4eceb4ccffa70c672198ea285246c6",
            128: "05b46931834c231683c68f40c47b2971",
            224: "d6a3c71de1b945ea11211b03746c1fe1",
        },
    ),
    "retinamnist": Facts(
        ("0", "1", "2", "3", "4"),
        None,
        3,
        (1080, 120, 400),
        "CC BY 4.0",
        {
            28: "bd4c0672f1bba3e3a89f0e4e876791e4",
            64: "afda852cc34dcda56f86ad2b2457dbcc",
            128: "e48e916a24454daf90583d4e6efb1a18",
            224: "eae7e3b6f3fcbda4ae613ebdcbe35348",
        },
    ),
    "breastmnist": Facts(
        ("malignant", "normal, benign"),
        0,
        1,
        (546, 78, 156),
        "CC BY 4.0",
        {
            28: "750601b1f35ba3300ea97c75c52ff8f6",
            64: "742edef2a1fd1524b2efff4bd7ba9364",
            128: "363e4b3f8d712e9b5de15470a2aaadf1",
            224: "b56378a6eefa9fed602bb16d192d4c8b",
        },
    ),
    "bloodmnist": Facts(
        (
            "basophil",
            "eosinophil",
            "erythroblast",
            "immature granulocytes(myelocytes, metamyelocytes and promyelocytes)",
            "lymphocyte",
            "monocyte",
            "neutrophil",
            "platelet",
        ),
        None,
        3,
        (11959, 1712, 3421),
        "CC BY 4.0",
        {
            28: "7053d0359d879ad8a5505303e11de1dc",
            64: "2b94928a2ae4916078ca51e05b6b800b",
            128: "adace1e0ed228fccda1f39692059dd4c",
            224: "b718ff6835fcbdb22ba9eacccd7b2601",
        },
    ),
    "tissuemnist": Facts(
        (
            "Collecting Duct, Connecting Tubule",
            "Distal Convoluted Tubule",
            "Glomerular endothelial cells",
            "Interstitial endothelial cells",
            "Leukocytes",
            "Podocytes",
            "Proximal Tubule Segments",
            "Thick Ascending Limb",
        ),
        None,
        1,
        (165466, 23640, 47280),
        "CC BY 4.0",
        {
            28: "ebe78ee8b05294063de985d821c1c34b",
            64: "123ece2eba09d0aa5d698fda57103344",
            128: "61b955355d7425a89687b06cca3ce0c2",
            224: "b077128c4a949f0a4eb01517f9037b9c",
        },
    ),
    "organamnist": Facts(
        _ORGANS,
        None,
        1,
        (34561, 6491, 17778),
        "CC BY 4.0",
        {
            28: "68e3f8846a6bd62f0c9bf841c0d9eacc",
            64: "2dcccc29b88e6da5a01161ef20cda288",
            128: "eeae80d0a227a8d099027e1b3cfd3b60",
            224: "50747347e05c87dd3aaf92c49f9f3170",
        },
    ),
    "organcmnist": Facts(
        _ORGANS,
        None,
        1,
        (12975, 2392, 8216),
        "CC BY 4.0",
        {
            28: "b9ceb9546e10131b32923c5bbeaea2b1",
            64: "3ce34a8724ea6f548e6db4744d03b6a9",
            128: "773c1f009daa3fe5d9a2a201b2a7ed94",
            224: "050f5e875dc056f6768abf94ec9995d1",
        },
    ),
    "organsmnist": Facts(
        _ORGANS,
        None,
        1,
        (13932, 2452, 8827),
        "CC BY 4.0",
        {
            28: "9ab87b696fb54e2a387ebe992d6ed5f1",
            64: "53a6d115339d874c25e309a994ff46d3",
            128: "ded0c5fa01a95dc4978b956f613e9b8e",
            224: "b354719e553fbbb2513d5533f52a4cb1",
        },
    ),
}
"""Name → facts."""

MULTI_LABEL = frozenset({"chestmnist"})
"""Sets with several labels per image, which are refused."""

VOLUMES = frozenset(
    [
        "adrenalmnist3d",
        "fracturemnist3d",
        "nodulemnist3d",
        "organmnist3d",
        "synapsemnist3d",
        "vesselmnist3d",
    ]
)
"""Three-dimensional sets, which are refused."""

ORIGINS: Mapping[str, str] = {
    "breastmnist": "BUSI",
    "dermamnist": "HAM10000",
    "organamnist": "LiTS",
    "organcmnist": "LiTS",
    "organsmnist": "LiTS",
}
"""Sets that are made of images which other data sets hold too → what these are known by. The three
organ sets are planes of the same CT volumes (Yang et al. 2023, Scientific Data 10:41)."""

MODALITIES: Mapping[str, str] = {
    "bloodmnist": "microscopy",
    "breastmnist": "ultrasound",
    "dermamnist": "dermatoscopy",
    "octmnist": "oct",
    "organamnist": "ct",
    "organcmnist": "ct",
    "organsmnist": "ct",
    "pathmnist": "microscopy",
    "pneumoniamnist": "xray",
    "retinamnist": "fundus",
    "tissuemnist": "microscopy",
}
"""How the images of each set were made, in the words of `bench.data.corruptions`."""
