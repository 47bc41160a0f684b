"""Drawing for the chapters: functions from plain numbers to a figure, without mathematics."""
