"""inits"""
