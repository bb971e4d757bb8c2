# Types and meaning are the module's (../../variables.tf), which also checks them.

variable "billing" {
  description = "The module's `billing`."
  type        = any
  default     = null
}

variable "budget" {
  description = "The module's `budget`."
  type        = any
  default     = null
}

variable "ci" {
  description = "The module's `ci`."
  type        = any
  default     = null
}

variable "endpoint" {
  description = "The module's `endpoint`."
  type        = any
  default     = null
}

variable "iam_members" {
  description = "The module's `iam_members`."
  type        = any
  default     = null
}

variable "identity" {
  description = "The module's `identity`."
  type        = any
  default     = null
}

variable "model" {
  description = "The module's `model`."
  type        = any
  default     = null
}

variable "organization_policy" {
  description = "The module's `organization_policy`."
  type        = any
  default     = null
}

variable "project" {
  description = "The module's `project`."
  type        = any
}

variable "services" {
  description = "The module's `services`."
  type        = any
  default     = null
}
