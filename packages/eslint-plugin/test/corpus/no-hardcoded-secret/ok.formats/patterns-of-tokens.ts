export const FORMATS = [
  { name: 'GitHub', pattern: /ghp_[0-9A-Za-z]{36}/ },
  { name: 'npm', pattern: new RegExp('npm_[0-9A-Za-z]{36}') },
  { name: 'Slack', pattern: new RegExp(String.raw`xox[bp]-\d+-\d+-\w+`) },
]
