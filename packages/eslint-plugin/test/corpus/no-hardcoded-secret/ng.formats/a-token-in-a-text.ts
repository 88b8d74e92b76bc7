export const usage = 'Run: export GITHUB_TOKEN=ghp_RANDOM_ALNUM_36 && npm run release'
