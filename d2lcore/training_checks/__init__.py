"""What is wrong with a training: `d2lcore.checkup` measures a set-up, and rules read the measurements."""
