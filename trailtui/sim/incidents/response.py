"""What the responder's role may do: read, and carry out the actions of a containment."""

from __future__ import annotations

from trailtui.sim.incidents.people import policy

_READING = [
    "iam:Get*", "iam:List*", "iam:GenerateCredentialReport", "iam:SimulatePrincipalPolicy",
    "cloudtrail:Describe*", "cloudtrail:Get*", "cloudtrail:List*", "cloudtrail:LookupEvents",
    "ec2:Describe*", "elasticloadbalancing:Describe*", "autoscaling:Describe*", "ssm:Describe*",
    "guardduty:Get*", "guardduty:List*", "config:Describe*", "kms:Describe*", "kms:Get*",
    "kms:List*", "lambda:List*", "lambda:Get*", "rds:Describe*", "secretsmanager:Describe*",
    "secretsmanager:GetResourcePolicy", "s3:GetObject", "s3:ListAllMyBuckets", "s3:ListBucket",
    "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration",
    "s3:GetAccountPublicAccessBlock", "sts:GetAccessKeyInfo",
]  # fmt: skip
_IDENTITIES = [
    "iam:UpdateAccessKey", "iam:DeleteAccessKey", "iam:PutUserPolicy", "iam:DeleteUserPolicy",
    "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:AttachUserPolicy", "iam:DetachUserPolicy",
    "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:DeleteLoginProfile",
    "iam:UpdateAssumeRolePolicy", "iam:AddUserToGroup", "iam:RemoveUserFromGroup",
]  # fmt: skip
_THE_REST = [
    "cloudtrail:StartLogging", "cloudtrail:StopLogging", "cloudtrail:PutEventSelectors",
    "cloudtrail:PutInsightSelectors", "cloudtrail:CreateTrail", "cloudtrail:DeleteTrail",
    "cloudtrail:UpdateTrail", "cloudtrail:AddTags", "ec2:CreateSnapshots", "ec2:CreateTags",
    "ec2:DeleteTags", "ec2:DeleteSnapshot", "ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup",
    "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
    "ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress",
    "ec2:ModifyNetworkInterfaceAttribute", "ec2:ModifyInstanceAttribute", "ec2:StopInstances",
    "ec2:StartInstances", "ec2:AssociateIamInstanceProfile",
    "ec2:DisassociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation",
    "iam:PassRole", "lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency",
    "lambda:AddPermission", "lambda:RemovePermission", "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration", "lambda:UpdateEventSourceMapping",
    "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketPublicAccessBlock",
    "s3:PutAccountPublicAccessBlock", "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
]  # fmt: skip

RESPONSE_POLICY = policy((_READING, ["*"]), (_IDENTITIES, ["*"]), (_THE_REST, ["*"]))
