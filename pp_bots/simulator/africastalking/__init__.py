"""A local Africa's Talking: the messaging API and its callbacks over HTTP, so that a gym can be tried with no telco.

Source: Africa's Talking documentation, SMS: sending, notifications, delivery reports. What the documentation leaves
open is noted where it was decided.
"""

from pp_bots.simulator.africastalking.faults import Fault, FaultKind
from pp_bots.simulator.africastalking.server import AfricasTalkingSimulator, serve
from pp_bots.simulator.africastalking.state import SimulatorSettings

__all__ = ["AfricasTalkingSimulator", "Fault", "FaultKind", "SimulatorSettings", "serve"]
