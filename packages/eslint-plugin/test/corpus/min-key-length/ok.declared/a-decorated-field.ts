import { IsString, MinLength } from 'class-validator'

export class Settings {
  @IsString()
  @MinLength(32)
  jwtSecret!: string

  @MinLength(1)
  host!: string
}
