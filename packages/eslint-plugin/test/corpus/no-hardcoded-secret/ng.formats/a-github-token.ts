export const clone = 'https://ghp_RANDOM_ALNUM_36@github.com/acme/app.git'
