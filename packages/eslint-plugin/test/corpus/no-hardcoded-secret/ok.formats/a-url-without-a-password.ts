export const urls = [
  'postgres://app@db:5432/app',
  'https://example.com/a:b@c',
  'ssh://git@host:22/r',
]
