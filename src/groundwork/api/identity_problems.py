"""What can go wrong with signing in, passwords, second factors and what tokens are good for.

By code: the status, the title in both languages, and what is wrong and what to do in both.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

IDENTITY_PROBLEMS: Final[Mapping[str, tuple[int, str, str, str, str]]] = MappingProxyType(
    {
        "erasure_refused": (
            409,
            "个人信息不能删除",
            "The person may not be erased",
            "{person} 的个人信息不能删除：{why}。",
            "{person} may not be erased: {why}.",
        ),
        "sign_in_failed": (
            401,
            "未能登录",
            "Not signed in",
            "登录名、密码、验证码或令牌不正确，或该账户因多次失败须等待片刻。请核对后重试；"
            "忘记密码请联系系统管理员。",
            "Name, password, code or token are not right, or the account has to wait a while after"
            " several failures. Check them and try again; if you forgot the password, ask an"
            " administrator.",
        ),
        "too_many_sign_ins": (
            429,
            "登录尝试过于频繁",
            "Too many attempts to sign in",
            "登录尝试过于频繁，请在 {seconds} 秒后重试。",
            "There were too many attempts from here. Try again in {seconds} seconds.",
        ),
        "confirmation_required": (
            401,
            "请确认是您本人",
            "Confirm that it is you",
            "此操作影响重大，而您登录已久。请在网页上再次确认身份，然后提交。",
            "This has grave effects and you signed in a while ago. Confirm on a page that it is"
            " you, then send it.",
        ),
        "setup_required": (
            403,
            "请先设置账户",
            "Set up your account first",
            "请先在“密码与两步验证”页面（/profile/security）修改一次性密码，并按要求启用两步验证。",
            "First choose a password of your own and, where your role needs one, a second factor on"
            " the page /profile/security.",
        ),
        "second_factor_required": (
            403,
            "须启用两步验证",
            "A second factor is needed",
            "您的角色登录网页须两步验证，请以登录名和密码登录并启用；没有密码请联系系统管理员。",
            "Your role needs a second factor on the pages. Sign in with your name and password to"
            " set it up; an administrator gives out passwords.",
        ),
        "scope_too_narrow": (
            403,
            "令牌权限不足",
            "The token is too narrow",
            "令牌的范围是 {scope}，此操作需要 {needed}。请改用范围足够的令牌。",
            "The scope of the token is {scope}; this needs {needed}. Use a token of that scope.",
        ),
        "code_wrong": (
            422,
            "验证码不正确",
            "The code is not right",
            "验证码不正确或已用过。请核对手机时间，输入最新的六位数字。",
            "The code is wrong or was used. Check the time on your phone and enter the newest six"
            " digits.",
        ),
        "passwords_differ": (
            422,
            "两次输入不一致",
            "The passwords differ",
            "两次输入的新密码不一致，请重新输入。",
            "The new password was not typed the same twice. Type it again.",
        ),
        "no_account": (
            404,
            "没有密码账户",
            "No account with a password",
            "您目前以令牌登录，没有密码账户。需要时请系统管理员为您设置。",
            "You sign in with a token and have no password. An administrator gives out accounts.",
        ),
        "provider_unavailable": (
            503,
            "身份认证暂不可用",
            "The identity provider does not answer",
            "身份认证系统暂不可用，请稍后重试；已填写的内容不会丢失。",
            "The identity provider does not answer. Try again in a moment; what you filled in is"
            " kept.",
        ),
        "provider_sign_in_lost": (
            400,
            "登录已中断",
            "The sign-in was interrupted",
            "此次登录不是从本浏览器发起，或已超时、已用过。请重新登录。",
            "This sign-in was not begun in this browser, took too long or was used. Sign in again.",
        ),
        "provider_sign_in_failed": (
            401,
            "未能登录",
            "Not signed in",
            "身份认证未通过或已取消，请重新登录；仍不成功请联系系统管理员，并告知编号 {request}。",
            "The identity provider did not vouch for you, or you went back. Sign in again; if that"
            " does not help, name {request} to an administrator.",
        ),
        "provider_person_unknown": (
            403,
            "尚未开通",
            "Not admitted yet",
            "身份认证已通过，但尚未与本系统的人员关联。请联系系统管理员，并告知编号 {request}。",
            "The identity provider knows you, but here you are not linked to anybody. Ask an"
            " administrator, and name {request}.",
        ),
        "provider_person_inactive": (
            403,
            "账户已停用",
            "No longer active",
            "您在本系统的账户已停用。如有疑问请联系系统管理员。",
            "You are no longer active here. Ask an administrator if that is not right.",
        ),
        "provider_person_other": (
            403,
            "不是同一人",
            "It is somebody else",
            "身份认证显示的不是当前登录的人员，请以本人身份重新确认。",
            "The identity provider knows you as somebody else than who is signed in. Confirm as"
            " yourself.",
        ),
        "provider_second_factor": (
            403,
            "须启用两步验证",
            "A second factor is needed",
            "您的角色须两步验证，而身份认证未要求。请在身份认证系统启用两步验证后重新登录。",
            "Your role needs a second factor, and the identity provider asked for none. Set one up"
            " there and sign in again.",
        ),
        "provider_missing": (
            404,
            "未接入身份认证",
            "No identity provider",
            "本系统未接入身份认证，请联系系统管理员。",
            "No identity provider is connected. Administrators connect one by settings.",
        ),
        "logout_token_refused": (
            400,
            "退出通知不予采信",
            "The logout token is not believed",
            "退出通知不是本系统接入的身份认证系统签发、不完整、已失效或已用过，未作任何处理。",
            "The logout token was not signed by the identity provider that is connected here, is"
            " not whole, has lapsed or was used before. Nothing was done.",
        ),
        "identity_taken": (
            409,
            "该身份已关联他人",
            "Linked to somebody else",
            "该身份已关联其他人员，请先解除原有关联。",
            "This identity means somebody else. End that link first.",
        ),
        "identity_not_found": (
            404,
            "没有这个关联",
            "No such link",
            "该人员没有关联 {link}，或已解除。",
            "This person has no link {link}, or it has ended.",
        ),
        "last_way_in": (
            409,
            "这是唯一的登录方式",
            "It is your only way in",
            "解除后您将无法登录。请先设置密码，或请系统管理员解除。",
            "Without it you could not sign in. Have a password set first, or ask an administrator.",
        ),
        "local_sign_in_off": (
            403,
            "不能以此方式登录",
            "Not this way",
            "本系统只通过身份认证登录。管理员可在紧急情况下以管理员令牌登录。",
            "People sign in through the identity provider here. In an emergency administrators may"
            " use an administrator's token.",
        ),
        "sign_in_name_taken": (
            409,
            "登录名已被使用",
            "The sign-in name is taken",
            "该登录名已有他人使用，请另选一个。",
            "Somebody else signs in under that name. Choose another.",
        ),
    }
)
