export const url = (password: string) =>
  `postgres://app:${encodeURIComponent(password)}@db:5432/app?sslmode=require`
