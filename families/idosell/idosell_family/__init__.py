"""What shops on IdoSell's software share, whichever way their catalogue is read."""
