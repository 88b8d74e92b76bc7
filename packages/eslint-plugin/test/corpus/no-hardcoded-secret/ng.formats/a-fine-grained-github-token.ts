export const pat = 'github_pat_RANDOM_ALNUM_22_RANDOM_ALNUM_59'
