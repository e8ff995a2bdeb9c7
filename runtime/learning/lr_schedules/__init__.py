"""lr_schedules"""
