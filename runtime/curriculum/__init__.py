"""What is seen when: difficulty, order, pace, mix, promotion, and the order as a closed form."""
