export const help =
  'Create a token (ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx) and export it as GITHUB_TOKEN.'
export const masked = 'sk_live_************************'
