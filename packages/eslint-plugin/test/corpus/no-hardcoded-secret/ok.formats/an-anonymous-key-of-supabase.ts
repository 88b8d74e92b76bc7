const payload =
  'eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6ImFiY2RlZmdoaWprbG1ub3AiLCJyb2xlIjoiYW5vbiIsImlhdCI6MTcwMDAwMDAwMH0'

export const anonKey = `eyJhbGciOiJIUzI1NiJ9.${payload}.RANDOM_BASE64URL_43`
