"""A local Africa's Talking: messages and USSD sessions over HTTP, with their callbacks, so that a gym can be tried with no telco.

Source: Africa's Talking documentation, SMS: sending, notifications, delivery reports; USSD: handling sessions. What the
documentation leaves open is noted where it was decided.
"""

from pp_bots.simulator.africastalking.faults import Fault, FaultKind
from pp_bots.simulator.africastalking.server import AfricasTalkingSimulator, serve
from pp_bots.simulator.africastalking.sessions import Screen, UssdRefused, UssdSettings
from pp_bots.simulator.africastalking.state import SimulatorSettings
from pp_bots.simulator.africastalking.ussd import UssdNetwork

__all__ = [
    "AfricasTalkingSimulator",
    "Fault",
    "FaultKind",
    "Screen",
    "SimulatorSettings",
    "UssdNetwork",
    "UssdRefused",
    "UssdSettings",
    "serve",
]
