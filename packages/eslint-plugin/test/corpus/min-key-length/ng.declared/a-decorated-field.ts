import { IsString, MinLength } from 'class-validator'

export class Settings {
  @IsString()
  @MinLength(10)
  jwtSecret!: string
}
