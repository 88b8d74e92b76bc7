const head = 'ghp_'
const tail = 'RANDOM_ALNUM_36'

export const pat = head + tail
