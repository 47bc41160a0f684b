# The table of public names, by concern: `d2lcore/__init__.py` loads each from here when it is first used.

__version__: str

# curves that grow
from .animator import Animator as Animator

# data
# chapters and the course around them
from .command_line import run_chapter as run_chapter
from .data.archives import download_extract as download_extract
from .data.batches import ArrayDataset as ArrayDataset
from .data.batches import Batches as Batches
from .data.batches import get_dataloader_workers as get_dataloader_workers
from .data.batches import load_array as load_array
from .data.datasets import get_data_ch11 as get_data_ch11
from .data.datasets import get_fashion_mnist_labels as get_fashion_mnist_labels
from .data.datasets import load_data as load_data
from .data.datasets import load_data_fashion_mnist as load_data_fashion_mnist
from .data.datasets import load_data_mnist as load_data_mnist
from .data.datasets import synthetic_data as synthetic_data

# data files
from .data.files import DATA_HUB as DATA_HUB
from .data.files import DATA_URL as DATA_URL
from .data.files import DataUnavailable as DataUnavailable
from .data.files import download as download
from .data.files import download_all as download_all

# devices
from .devices import get_device as get_device
from .devices import try_all_gpus as try_all_gpus
from .devices import try_gpu as try_gpu
from .doors import check_exercise as check_exercise
from .doors import play as play

# the name d2l for this package
from .editions.switch import install_as_d2l as install_as_d2l
from .editions.switch import uninstall_as_d2l as uninstall_as_d2l
from .errors import check_counts as check_counts
from .history import History as History

# linear model
from .linear import linreg as linreg
from .linear import sgd as sgd
from .linear import squared_loss as squared_loss

# metrics
from .metrics import Accumulator as Accumulator
from .metrics import Timer as Timer
from .metrics import accuracy as accuracy
from .metrics import evaluate_accuracy as evaluate_accuracy
from .metrics import evaluate_accuracy_gpu as evaluate_accuracy_gpu
from .metrics import evaluate_loss as evaluate_loss

# optimizers
from .optimizing import show_trace_2d as show_trace_2d
from .optimizing import train_2d as train_2d
from .optimizing import train_ch11 as train_ch11
from .optimizing import train_concise_ch11 as train_concise_ch11

# plotting
from .plotting import plot as plot
from .plotting import plt as plt
from .plotting import set_axes as set_axes
from .plotting import set_figsize as set_figsize
from .plotting import show_images as show_images
from .plotting import use_svg_display as use_svg_display
from .result import Result as Result

# training
from .training import TrainingDiverged as TrainingDiverged
from .training import TrainingInterrupted as TrainingInterrupted
from .training import predict_ch3 as predict_ch3
from .training import seed_everything as seed_everything
from .training import step as step
from .training import train_ch3 as train_ch3
from .training import train_epoch_ch3 as train_epoch_ch3
from .training import train_epochs as train_epochs
from .training import train_regression as train_regression
from .training_checks.examining import checkup as checkup
from .training_images import train_ch6 as train_ch6

_threads_sleep: bool
