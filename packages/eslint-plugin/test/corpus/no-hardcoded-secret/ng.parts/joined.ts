export const accessToken = ['RANDOM_ALNUM_12', 'RANDOM_ALNUM_12', 'RANDOM_ALNUM_12'].join('')
