export const identity = 'AGE-SECRET-KEY-1RANDOM_UPPER_58'
