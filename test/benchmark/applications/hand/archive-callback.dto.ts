import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  ValidateNested,
} from 'class-validator';

export class StreamDto {
  @IsString()
  @IsNotEmpty()
  streamId!: string;

  @IsOptional()
  @IsBoolean()
  hasAudio?: boolean;

  @IsOptional()
  @IsBoolean()
  hasVideo?: boolean;
}

export class TranscriptionDto {
  @IsOptional()
  @IsString()
  status?: string;

  @IsOptional()
  @IsString()
  url?: string;

  @IsOptional()
  @IsString()
  reason?: string;

  @IsOptional()
  @IsString()
  primaryLanguageCode?: string;

  @IsOptional()
  @IsBoolean()
  hasSummary?: boolean;
}

/** The archive callback as one writes it down by hand, with the fields that the library's class has. */
export class ArchiveCallbackDto {
  @IsString()
  @IsNotEmpty()
  id!: string;

  @IsOptional()
  @IsString()
  event?: string;

  @IsString()
  @IsNotEmpty()
  status!: string;

  @IsString()
  @IsNotEmpty()
  sessionId!: string;

  @IsOptional()
  @IsNumber()
  projectId?: number;

  @IsOptional()
  @IsString()
  applicationId?: string;

  @IsOptional()
  @IsNumber()
  partnerId?: number;

  @IsOptional()
  @IsNumber()
  createdAt?: number;

  @IsOptional()
  @IsNumber()
  updatedAt?: number;

  @IsOptional()
  @IsString()
  name?: string;

  @IsOptional()
  @IsString()
  reason?: string;

  @IsOptional()
  @IsNumber()
  duration?: number;

  @IsOptional()
  @IsNumber()
  size?: number;

  @IsOptional()
  @IsString()
  resolution?: string;

  @IsOptional()
  @IsString()
  url?: string | null;

  @IsOptional()
  @IsString()
  outputMode?: string;

  @IsOptional()
  @IsBoolean()
  hasAudio?: boolean;

  @IsOptional()
  @IsBoolean()
  hasVideo?: boolean;

  @IsOptional()
  @IsString()
  streamMode?: string;

  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => StreamDto)
  streams?: StreamDto[];

  @IsOptional()
  @IsString()
  sha256sum?: string;

  @IsOptional()
  @IsString()
  password?: string;

  @IsOptional()
  @IsString()
  certificate?: string;

  @IsOptional()
  @IsString()
  multiArchiveTag?: string;

  @IsOptional()
  @IsNumber()
  maxBitrate?: number;

  @IsOptional()
  @IsNumber()
  quantizationParameter?: number;

  @IsOptional()
  @IsBoolean()
  hasTranscription?: boolean;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => TranscriptionDto)
  transcription?: TranscriptionDto;
}
